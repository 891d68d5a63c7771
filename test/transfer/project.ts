/** A hosted project as its server has it: objects as the JSON they are served as, since every byte of that is to be kept. */
export type HostedThread = { id: string; user: string | null; createdAt: number | null; json: string; items: HostedItem[] };
export type HostedItem = { id: string; json: string };

/** Small, fast, and the same on every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FIRST_SECOND = 1_730_000_000;

export type ProjectOptions = {
  threads: number;
  seed?: number;
  /** Items of thread number 7. */
  long?: number;
  preview?: Preview;
};
/** The address of an attachment's preview. */
type Preview = (attachmentId: string) => string | null;

/** Threads from the oldest to the newest; two in three seconds, so that some are of one second. */
export function makeProject({ threads, seed = 1, long = 0, preview = () => null }: ProjectOptions): HostedThread[] {
  return Array.from({ length: threads }, (_, i) => makeThread(i, seed, i === 7 ? long : 0, preview));
}

export function makeThread(number: number, seed = 1, length = 0, preview: Preview = () => null): HostedThread {
  const random = seeded(seed * 1_000_003 + number);
  const id = `cthr_${String(number).padStart(7, "0")}`;
  const user = random() < 0.05 ? null : `user-${Math.floor(random() * 40)}`;
  const createdAt = FIRST_SECOND + Math.floor((number * 2) / 3);
  const title = random() < 0.3 ? "null" : JSON.stringify(`Reise nach Köln – "${number}"\n`);
  const status = random() < 0.1 ? `{"type":"locked","reason":null}` : `{"type":"active"}`;
  const head = `"id":"${id}","object":"chatkit.thread","created_at":${createdAt}`;
  const json = `{${head},"status":${status},"title":${title},"user":${JSON.stringify(user)}}`;
  const count = length || Math.floor(random() ** 3 * 14);
  const items = Array.from({ length: count }, (_, i) => makeItem(id, i, createdAt + i, random, preview));
  return { id, user, createdAt, json, items };
}

/** All types, with and without their prefix, with what a parser would lose: large numbers, escapes, the order of keys. */
function makeItem(thread: string, number: number, at: number, random: () => number, preview: Preview): HostedItem {
  const id = `cthi_${thread.slice(5)}_${number}`;
  const type = (name: string) => `"type":"${random() < 0.5 ? "chatkit." : ""}${name}"`;
  const common = `"id":"${id}","object":"chatkit.thread_item","created_at":${at},"thread_id":"${thread}"`;
  const text = ["Hallo \\u00e9\\ud83d\\ude00", "été 😀", 'a\\"b]}\\\\', '{\\"data\\":[1]}', "line\\nbreak\\u2028"][
    Math.floor(random() * 5)
  ];
  const bodies = [
    () =>
      `${type("user_message")},"content":[{"type":"input_text","text":"${text}"}],"inference_options":null,` +
      `"attachments":${attachments(id, random, preview)}`,
    () => `"content":[{"type":"output_text","text":"${text}","annotations":[]}],${type("assistant_message")}`,
    () => `${type("widget")},"widget":"{\\"type\\":\\"Card\\",\\"n\\":1.0}"`,
    () => `${type("client_tool_call")},"status":"completed","call_id":"c${number}","name":"f","arguments":"{}","output":null`,
    () => `${type("task")},"heading":null,"summary":null,"task_type":"thought"`,
    () => `${type("task_group")},"tasks":[{"type":"custom","heading":null,"summary":"${text}"}]`,
    () => `${type("hologram")},"order":9007199254740993123,"z":1.0,"a":1e2,"a":-0.0`,
  ];
  return { id, json: `{${common},${bodies[Math.floor(random() * bodies.length)]!()}}` };
}

function attachments(item: string, random: () => number, preview: Preview): string {
  if (random() < 0.6) return random() < 0.5 ? "[]" : "null";
  const id = `file_${item}`;
  const image = { id, type: "image", mime_type: "image/png", name: "../../etc/passwd", preview_url: preview(id) };
  const file = { id: `file_${item}b`, type: "file", mime_type: "application/pdf", name: "a.pdf", preview_url: null };
  return JSON.stringify([image, file]);
}
