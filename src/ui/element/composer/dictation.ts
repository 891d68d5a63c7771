import type { Connection } from "../client/connection.ts";

/** A recording must fit into one request: a minute of speech is about half a megabyte. */
const LONGEST_MS = 120_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** Speech into text: the microphone is on from `start` to `stop`, and the server transcribes. */
export class Dictation {
  state: "off" | "asking" | "on" | "transcribing" = "off";
  /** One recording, from the request for the microphone to its text; another one, or none, when that was cancelled meanwhile. */
  #attempt: object | undefined;
  #recorder: MediaRecorder | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly ports: { changed: () => void; heard: (text: string) => void; failed: (error: unknown) => void },
  ) {}

  async toggle(): Promise<void> {
    if (this.state === "on") this.#recorder?.stop();
    else if (this.state === "asking") this.cancel();
    else if (this.state === "off") await this.#during((isWanted) => this.#start(isWanted));
  }

  /** Turns the microphone off and discards the recording. */
  cancel(): void {
    this.#attempt = undefined;
    if (this.#recorder) this.#recorder.onstop = null;
    this.#release();
    this.#set("off");
  }

  async #during(record: (isWanted: () => boolean) => Promise<void>): Promise<void> {
    const attempt = (this.#attempt = {});
    const isWanted = () => this.#attempt === attempt;
    try {
      await record(isWanted);
    } catch (error) {
      if (!isWanted()) return;
      this.#release();
      this.#set("off");
      this.ports.failed(error);
    }
  }

  async #start(isWanted: () => boolean): Promise<void> {
    this.#set("asking");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    // The person may have taken long to allow it, and have left the page's chat meanwhile.
    if (!isWanted()) return stop(stream);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, { ...(mimeType !== undefined && { mimeType }), audioBitsPerSecond: 32_000 });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => void this.#during((isWanted) => this.#transcribe(new Blob(parts, { type: recorder.mimeType }), isWanted));
    recorder.start();
    this.#recorder = recorder;
    this.#timer = setTimeout(() => recorder.stop(), LONGEST_MS);
    this.#set("on");
  }

  async #transcribe(audio: Blob, isWanted: () => boolean): Promise<void> {
    this.#release();
    this.#set("transcribing");
    const params = { audio_base64: await base64(audio), mime_type: audio.type };
    const { text } = await this.connection.ask<{ text: string }>("input.transcribe", params);
    if (!isWanted()) return;
    this.ports.heard(text);
    this.#set("off");
  }

  #release(): void {
    clearTimeout(this.#timer);
    if (this.#recorder) stop(this.#recorder.stream);
    this.#recorder = undefined;
  }

  #set(state: Dictation["state"]): void {
    this.state = state;
    this.ports.changed();
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function base64(blob: Blob): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result).split(",", 2)[1] ?? "");
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  return promise;
}
