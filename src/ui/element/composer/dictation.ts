import type { Connection } from "../client/connection.ts";

/** A recording must fit into one request: a minute of speech is about half a megabyte. */
const LONGEST_MS = 120_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** Speech into text: the microphone is on from `start` to `stop`, and the server transcribes. */
export class Dictation {
  state: "off" | "on" | "transcribing" = "off";
  #recorder: MediaRecorder | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly ports: { changed: () => void; heard: (text: string) => void; failed: (error: unknown) => void },
  ) {}

  async toggle(): Promise<void> {
    try {
      if (this.state === "off") await this.#start();
      else if (this.state === "on") this.#recorder?.stop();
    } catch (error) {
      this.#set("off");
      this.ports.failed(error);
    }
  }

  /** Turns the microphone off and discards the recording. */
  cancel(): void {
    if (this.#recorder) this.#recorder.onstop = null;
    this.#release();
    this.#set("off");
  }

  async #start(): Promise<void> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(stream, { ...(mimeType !== undefined && { mimeType }), audioBitsPerSecond: 32_000 });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => void this.#transcribe(new Blob(parts, { type: recorder.mimeType }));
    recorder.start();
    this.#recorder = recorder;
    this.#timer = setTimeout(() => recorder.stop(), LONGEST_MS);
    this.#set("on");
  }

  async #transcribe(audio: Blob): Promise<void> {
    this.#release();
    this.#set("transcribing");
    try {
      const params = { audio_base64: await base64(audio), mime_type: audio.type };
      const { text } = await this.connection.ask<{ text: string }>("input.transcribe", params);
      this.ports.heard(text);
    } catch (error) {
      this.ports.failed(error);
    }
    this.#set("off");
  }

  #release(): void {
    clearTimeout(this.#timer);
    for (const track of this.#recorder?.stream.getTracks() ?? []) track.stop();
    this.#recorder = undefined;
  }

  #set(state: Dictation["state"]): void {
    this.state = state;
    this.ports.changed();
  }
}

function base64(blob: Blob): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const reader = new FileReader();
  reader.onload = () => resolve(String(reader.result).split(",", 2)[1] ?? "");
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
  return promise;
}
