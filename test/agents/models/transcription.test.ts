import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { MAX_AUDIO_BODY_BYTES, MAX_AUDIO_BYTES, transcriber } from "../../../src/agents/models/transcription.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { createApp } from "../../../src/http/app.ts";
import { makeTranscriber } from "../../../src/runtime/parts/transcriber.ts";
import { asker, ports, Scripted } from "../../support/chat.ts";
import { errorOf } from "../../support/http.ts";

setDefaultTimeout(30_000);

type Heard = { file: string; type: string; size: number; model: unknown; language: unknown; key: string | null; announced: number };
let heard: Heard[] = [];
let answer: () => Response | Promise<Response> = () => Response.json({ text: " Hello. " });
/** A server of speech, as OpenAI and local whisper servers are. */
const speech = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  development: false,
  async fetch(request) {
    const form = await request.formData();
    const file = form.get("file") as File;
    heard.push({ file: file.name, type: file.type, size: file.size, model: form.get("model"), language: form.get("language"), key: request.headers.get("authorization"), announced: Number(request.headers.get("content-length")) });
    return answer();
  },
});
afterAll(() => speech.stop(true));

const baseUrl = speech.url.origin;
async function* silent() {}
const server = new Scripted(silent, { ...ports(), transcriber: transcriber({ baseUrl, apiKey: "sk-speech", model: "whisper" }) });
const app = createApp(server, { bodyLimits: { "input.transcribe": MAX_AUDIO_BODY_BYTES } });

function dictate(audio: string, mime_type: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ type: "input.transcribe", params: { mime_type, audio_base64: audio } });
  return app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

describe("dictation", () => {
  test.each([
    ["audio/webm;codecs=opus", "audio.webm"],
    ["audio/mp4", "audio.mp4"],
    ["audio/ogg; codecs=opus", "audio.ogg"],
    ["audio/wav", "audio.wav"],
    ["Audio/X-WAV", "audio.wav"],
    ["audio/mpeg", "audio.mp3"],
  ])("takes %s, with the name that tells its format", async (type, file) => {
    heard = [];
    const response = await dictate(btoa("sound"), type, { "accept-language": "de-CH" });
    expect([response.status, await response.json()]).toEqual([200, { text: "Hello." }]);
    expect(heard).toMatchObject([{ file, size: 5, model: "whisper", language: "de", key: "Bearer sk-speech" }]);
  });

  test("leaves out a language that is none of ISO 639-1", async () => {
    heard = [];
    await dictate(btoa("sound"), "audio/wav", { "accept-language": "gsw-CH" });
    await dictate(btoa("sound"), "audio/wav");
    expect(heard.map(({ language }) => language)).toEqual([null, null]);
  });

  test("takes half an hour of Opus, and refuses more with a sentence", async () => {
    heard = [];
    expect((await dictate(Buffer.alloc(MAX_AUDIO_BYTES).toString("base64"), "audio/webm")).status).toBe(200);
    expect(heard.map(({ size }) => size)).toEqual([MAX_AUDIO_BYTES]);
    expect((await dictate(Buffer.alloc(MAX_AUDIO_BYTES + 2000).toString("base64"), "audio/webm")).status).toBe(413);
  });

  test("announces how long the form is: some servers take no other", async () => {
    heard = [];
    await dictate(Buffer.alloc(1_000_000).toString("base64"), "audio/webm");
    const [{ size, announced }] = heard as [Heard];
    expect([size, announced > size && announced < size + 1000]).toEqual([1_000_000, true]);
  });

  test("takes base64 whose slashes are escaped, as PHP writes them", async () => {
    heard = [];
    const escaped = JSON.stringify({ type: "input.transcribe", params: { mime_type: "audio/webm", audio_base64: "////" } }).replace("////", "\\/".repeat(4));
    const response = await app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json" }, body: escaped });
    expect([response.status, heard.map(({ size }) => size)]).toEqual([200, [3]]);
  });

  test("only a body that says so at its beginning may be that large", async () => {
    const params = { thread_id: "x".repeat(3_000_000) };
    for (const body of [{ type: "threads.get_by_id", params }, { params, type: "input.transcribe" }]) {
      const response = await app.request("/chatkit", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      expect(response.status).toBe(413);
    }
  });

  test.each([
    ["a type that is no recording", btoa("x"), "image/png", 415, "Recordings of the type image/png cannot be transcribed."],
    ["no type", btoa("x"), "", 415, "Recordings of the type (none) cannot be transcribed."],
    ["nothing", "", "audio/webm", 400, "The recording is empty."],
    ["what is no base64", "abc", "audio/webm", 400, "params.audio_base64: invalid base64"],
  ])("refuses %s", async (_, audio, type, status, message) => {
    expect(await errorOf(await dictate(audio, type))).toMatchObject({ status, message });
  });

  test.each([
    ["cannot read the recording", () => new Response("bad audio, key sk-speech", { status: 400 }), 400, "invalid_request"],
    ["has no such model", () => new Response("sk-speech", { status: 404 }), 502, "model_unavailable"],
    ["refuses the key", () => new Response("sk-speech", { status: 401 }), 502, "model_unavailable"],
    ["is busy", () => new Response("", { status: 429 }), 429, "rate_limited"],
    ["fails", () => new Response("", { status: 500 }), 502, "model_unavailable"],
    ["answers no JSON", () => new Response("<html>"), 502, "model_unavailable"],
  ])("of a server that %s is an error that does not quote it", async (_, made, status, code) => {
    const before = answer;
    answer = made;
    const response = await dictate(btoa("sound"), "audio/webm");
    answer = before;
    expect(await response.clone().text()).not.toContain("sk-speech");
    expect(await errorOf(response)).toMatchObject({ status, code });
  });

  test("of a server that is away is one as well", async () => {
    const away = transcriber({ baseUrl: "http://127.0.0.1:1", model: "m" });
    await expect(away({ data: new Uint8Array(1), mimeType: "audio/wav", mediaType: "audio/wav" }, asker())).rejects.toMatchObject({ code: "model_unavailable" });
  });

  test("without a server says which option to set, and a hook of one's own comes first", async () => {
    const without = createApp(new Scripted(silent));
    const ask = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ type: "input.transcribe", params: { audio_base64: "", mime_type: "a/b" } }) };
    expect(await errorOf(await without.request("/chatkit", ask))).toMatchObject({ status: 501, message: expect.stringContaining("CHATKIT_TRANSCRIBE_MODEL") });
    class Own extends Scripted {
      override async transcribe() {
        return { text: "mine" };
      }
    }
    expect(await (await createApp(new Own(silent)).request("/chatkit", ask)).json()).toEqual({ text: "mine" });
  });
});

describe("the server for speech", () => {
  const made = async (env: Record<string, string>) => makeTranscriber((await loadConfig({}, env)).config);
  const audio = { data: new Uint8Array(1), mimeType: "audio/wav", mediaType: "audio/wav" };

  test("is there with a key of OpenAI's, not with that of another server, and with an option of its own", async () => {
    expect(await made({})).toBeUndefined();
    expect(await made({ OPENAI_API_KEY: "sk-1" })).toBeDefined();
    expect(await made({ OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: baseUrl })).toBeUndefined();
    heard = [];
    await (await made({ OPENAI_API_KEY: "sk-1", OPENAI_BASE_URL: baseUrl, CHATKIT_TRANSCRIBE_MODEL: "own" }))!(audio, asker());
    await (await made({ OPENAI_API_KEY: "sk-1", CHATKIT_TRANSCRIBE_BASE_URL: baseUrl }))!(audio, asker());
    await (await made({ OPENAI_API_KEY: "sk-1", CHATKIT_TRANSCRIBE_BASE_URL: baseUrl, CHATKIT_TRANSCRIBE_API_KEY: "k" }))!(audio, asker());
    // The key for OpenAI is not shown to another server.
    expect(heard.map(({ model, key }) => [model, key])).toEqual([["own", "Bearer sk-1"], ["whisper-1", null], ["whisper-1", "Bearer k"]]);
  });
});
