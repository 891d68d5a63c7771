import { ChatKitError } from "../../errors.ts";
import { inTurn } from "../../protocol/json/steps.ts";
import type { RequestContext } from "../../server/context.ts";
import type { AudioInput, Transcriber } from "../../server/hooks.ts";

export type TranscriptionOptions = {
  /** The address of an API that has OpenAI's `audio/transcriptions`. */
  baseUrl: string;
  apiKey?: string | undefined;
  model: string;
};

/** The size of an audio file, decoded: half an hour of Opus. */
export const MAX_AUDIO_BYTES = 8 * 1024 ** 2;
/** The body of a request with such a file. */
export const MAX_AUDIO_BODY_BYTES = Math.ceil((MAX_AUDIO_BYTES * 4) / 3) + 1024;
const TIMEOUT_MS = 120_000;
const SLICE_BYTES = 256 * 1024;

/** What recorders of browsers and phones make, by media type. Servers tell the format by the ending of the file's name. */
const ENDINGS: Readonly<Record<string, string>> = {
  "audio/webm": "webm",
  "video/webm": "webm",
  "audio/ogg": "ogg",
  "application/ogg": "ogg",
  "audio/opus": "ogg",
  "audio/mp4": "mp4",
  "video/mp4": "mp4",
  "audio/m4a": "m4a",
  "audio/x-m4a": "m4a",
  "audio/aac": "m4a",
  "audio/mpeg": "mp3",
  "audio/mp3": "mp3",
  "audio/mpga": "mpga",
  "audio/wav": "wav",
  "audio/wave": "wav",
  "audio/x-wav": "wav",
  "audio/vnd.wave": "wav",
  "audio/flac": "flac",
  "audio/x-flac": "flac",
};

/** Speech to text by a server that speaks OpenAI's API, as local whisper servers do, too. */
export function transcriber(options: TranscriptionOptions): Transcriber {
  return async (audio, context) => {
    const name = nameOf(audio);
    const answer = await asked(options, formOf(fieldsOf(options, context.locale), audio, name), context);
    if (!answer.ok) throw await refusal(answer);
    const { text } = (await answer.json().catch(() => ({}))) as { text?: unknown };
    if (typeof text !== "string") throw unavailable("The server for speech has answered something else than text.");
    return { text: text.trim() };
  };
}

/** @throws ChatKitError with a sentence for the person who has spoken */
function nameOf({ data, mediaType }: AudioInput): string {
  const ending = ENDINGS[mediaType.toLowerCase()];
  if (ending === undefined) {
    throw new ChatKitError("unsupported_media_type", { message: `Recordings of the type ${mediaType.slice(0, 50) || "(none)"} cannot be transcribed.` });
  }
  if (data.byteLength === 0) throw new ChatKitError("invalid_request", { message: "The recording is empty." });
  if (data.byteLength > MAX_AUDIO_BYTES) throw new ChatKitError("body_too_large", { message: "The recording is too long." });
  return `audio.${ending}`;
}

function fieldsOf({ model }: TranscriptionOptions, locale: string | undefined): Record<string, string> {
  const language = /^([a-z]{2})(?:-|$)/i.exec(locale ?? "")?.[1];
  return { model, response_format: "json", ...(language && { language: language.toLowerCase() }) };
}

type Form = { headers: Record<string, string>; chunks: AsyncIterable<Uint8Array> };

/**
 * A form (RFC 7578), written here: of a `FormData` or `Blob` with eight megabytes in it `fetch` makes a copy in one go, which holds the
 * event loop. Its length is announced, since some servers for speech take no other.
 */
function formOf(fields: Record<string, string>, { data, mediaType }: AudioInput, name: string): Form {
  const boundary = crypto.randomUUID();
  const part = (disposition: string, type = "") => `--${boundary}\r\ncontent-disposition: form-data; ${disposition}${type}\r\n\r\n`;
  const before = Object.entries(fields).map(([field, value]) => `${part(`name="${field}"`)}${value}\r\n`);
  const file = part(`name="file"; filename="${name}"`, `\r\ncontent-type: ${mediaType}`);
  const pieces = [Buffer.from(`${before.join("")}${file}`), data, Buffer.from(`\r\n--${boundary}--\r\n`)];
  const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(length) }, chunks: sliced(pieces) };
}

async function* sliced(pieces: Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += SLICE_BYTES) yield await inTurn(() => piece.subarray(at, at + SLICE_BYTES));
  }
}

async function asked({ baseUrl, apiKey }: TranscriptionOptions, { headers, chunks }: Form, { signal }: RequestContext): Promise<Response> {
  const sent = { ...headers, ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) };
  // Bun takes any async iterable, though its types, which are those of browsers, do not say so.
  const body = chunks as unknown as ReadableStream;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  // A connection that was kept may turn out to be closed, and a stream cannot be sent again.
  const request = { method: "POST", headers: sent, body, keepalive: false, signal: AbortSignal.any([signal, timeout]) };
  try {
    return await fetch(`${baseUrl}/audio/transcriptions`, request);
  } catch (cause) {
    if (timeout.aborted) throw new ChatKitError("model_timeout", { message: "The transcription took too long.", cause });
    throw new ChatKitError("model_unavailable", { message: UNAVAILABLE, cause });
  }
}

const UNAVAILABLE = "Speech cannot be transcribed right now.";

/** The server's own words are for the log: they may quote the key. */
async function refusal(answer: Response): Promise<ChatKitError> {
  await answer.body?.cancel();
  const { status } = answer;
  if (status === 413) return new ChatKitError("body_too_large", { message: "The recording is too long." });
  if (status === 400 || status === 415 || status === 422) return new ChatKitError("invalid_request", { message: "The recording cannot be read." });
  if (status === 429) return new ChatKitError("rate_limited", { message: UNAVAILABLE, reason: "transcription" });
  return unavailable(`The server for speech refuses (${status}): check CHATKIT_TRANSCRIBE_MODEL, its address and its key.`);
}

function unavailable(words: string): ChatKitError {
  return new ChatKitError("model_unavailable", { message: UNAVAILABLE, cause: new Error(words) });
}
