import { transcriber } from "../../agents/models/transcription.ts";
import { OPENAI_URL } from "../../config/openai.ts";
import { TRANSCRIBE_MODEL, type Config } from "../../config/options.ts";
import type { Transcriber } from "../../server/hooks.ts";

/** What local whisper servers take for a name, unless told otherwise. */
const LOCAL_MODEL = "whisper-1";

/** Dictation as it is configured; undefined when there is no server for it. */
export function makeTranscriber(config: Config): Transcriber | undefined {
  const { transcribeModel, transcribeBaseUrl, transcribeApiKey, openaiApiKey, openaiBaseUrl } = config;
  // The key of one server is never shown to another.
  if (transcribeBaseUrl !== undefined) return transcriber({ baseUrl: transcribeBaseUrl, apiKey: transcribeApiKey, model: transcribeModel ?? LOCAL_MODEL });
  const baseUrl = openaiBaseUrl ?? OPENAI_URL;
  const apiKey = transcribeApiKey ?? openaiApiKey;
  const model = transcribeModel ?? (baseUrl === OPENAI_URL && apiKey !== undefined ? TRANSCRIBE_MODEL : undefined);
  return model === undefined ? undefined : transcriber({ baseUrl, apiKey, model });
}
