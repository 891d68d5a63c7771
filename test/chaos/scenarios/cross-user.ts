import { SignJWT } from "jose";
import { join } from "node:path";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import { OPERATIONS } from "../../../src/protocol/requests.ts";
import type { Page, ThreadMetadata } from "../../../src/protocol/thread.ts";
import type { Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { Random } from "../../support/random.ts";
import { bytesOf, World, type Figures, type Kind } from "../world.ts";

export type AuthMode = "none" | "header" | "jwt";

const AGENT = join(import.meta.dir, "../../samples/every-operation/agent.ts");
const SECRET = crypto.randomUUID() + crypto.randomUUID();
const WORDS = "a word that only ada may read";

/**
 * Eve asks for every operation with ids of Ada's in every field that takes one, and asks the same with ids that do not exist: the
 * answers have to be the same, and Ada's conversations have to stay as they are.
 */
export async function crossUser(kind: Kind, auth: AuthMode, { attempts = 300, seed = 1 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  // Eve asks more than a person may.
  const limits = { CHATKIT_MAX_REQUESTS_PER_MINUTE: "0", CHATKIT_MAX_ANSWERS_PER_MINUTE: "0" };
  const program = await world.start(["--agent", AGENT, "--auth", auth], { CHATKIT_JWT_SECRET: SECRET, ...limits });
  const [ada, eve] = [await Person.arrive(program, "ada", auth), await Person.arrive(program, "eve", auth)];
  const before = await ada.everything();
  const attack = new Attack(ada, eve, new Random(seed));
  for (let i = 0; i < attempts; i++) await attack.once();
  const changed = Number(bytesOf(await ada.everything()) !== bytesOf(before));
  return { attempts, operations: attack.operations.size, different: attack.different.length, leaked: attack.leaked, changed, first: attack.different[0] ?? "" };
}

/** Somebody with conversations of every kind. */
class Person {
  readonly threads: string[] = [];
  readonly items: string[] = [];
  readonly attachments: string[] = [];

  private constructor(
    private readonly program: Program,
    private readonly headers: Record<string, string>,
  ) {}

  static async arrive(program: Program, name: string, auth: AuthMode): Promise<Person> {
    const token = await new SignJWT({ sub: name }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1h").sign(new TextEncoder().encode(SECRET));
    const person = new Person(program, auth === "jwt" ? { authorization: `Bearer ${token}` } : { "x-user-id": name });
    const { id } = (await (await person.ask("attachments.create", { name: "a.txt", size: 3, mime_type: "text/plain" })).json()) as { id: string };
    person.attachments.push(id);
    const words = name === "ada" ? WORDS : "hello";
    const inputs = ["widget", "tool", "questions", words].map((text) => userInput(text)).concat({ ...userInput(words), attachments: [id] } as never);
    for (const input of inputs) await (await person.ask("threads.create", { input })).text();
    await person.everything();
    return person;
  }

  ask(type: string, params: object): Promise<Response> {
    return this.program.post({ type, params }, { headers: this.headers });
  }

  /** All that is stored, whose ids are learnt on the way. */
  async everything(): Promise<object[]> {
    const read = async <T>(type: string, params: object) => ((await (await this.ask(type, { ...params, limit: 1000 })).json()) as Page<T>).data;
    const threads = await read<ThreadMetadata>("threads.list", {});
    const items = await Promise.all(threads.map(({ id }) => read<ThreadItem>("items.list", { thread_id: id })));
    this.threads.splice(0, Infinity, ...threads.map(({ id }) => id));
    this.items.splice(0, Infinity, ...items.flat().map(({ id }) => id));
    return [threads, items];
  }
}

const MISSING: Record<string, string> = { thr: "thr_00000000000000000000000000000000", msg: "msg_00000000000000000000000000000000" };
/** What of a thread of one's own another call would change for the next. */
const ONLY_IN_HERS = new Set(["threads.add_client_tool_output", "threads.delete", "threads.update", "threads.create"]);

class Attack {
  readonly operations = new Set<string>();
  readonly different: string[] = [];
  leaked = 0;

  constructor(
    private readonly ada: Person,
    private readonly eve: Person,
    private readonly random: Random,
  ) {}

  async once(): Promise<void> {
    const type = this.random.pick([...OPERATIONS]);
    const params = this.params(type);
    const theirs = await this.answer(type, params);
    const missing = await this.answer(type, withoutHers(params, this.ada) as object);
    this.operations.add(type);
    if (theirs.includes(WORDS)) this.leaked += 1;
    if (theirs !== missing) this.different.push(`${type} ${JSON.stringify(params)}\n${theirs}\n${missing}`.slice(0, 1000));
  }

  private async answer(type: string, params: object): Promise<string> {
    const response = await this.eve.ask(type, params);
    const text = await response.text();
    const masked = text.replace(/req_\w+/g, "REQ").replace(/\b(thr|msg|wig|tc|si|atc|[a-z]+)_[0-9a-f]{32}\b/g, "ID");
    return `${response.status} ${masked.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")}`;
  }

  /** Valid for that operation, with something of Ada's in it. */
  private params(type: string): object {
    const { ada, eve, random } = this;
    const hers = () => random.pick([...ada.threads, ...ada.items, ...ada.attachments]);
    const inHers = ONLY_IN_HERS.has(type) || random.once(2);
    const thread_id = inHers ? random.pick(ada.threads) : random.pick(eve.threads);
    const attachments = inHers && !type.endsWith("create") ? [] : [random.pick([...ada.attachments, hers()])];
    const input = { ...userInput("x", { quoted_text: hers(), inference_options: { model: hers() } }), attachments, answers: { [hers()]: { values: [hers()] } } };
    const action = { type: "x", payload: { id: hers(), call_id: hers(), thread_id: hers() } };
    const file = { name: hers(), size: 1, mime_type: "text/plain", audio_base64: "", attachment_id: hers() };
    return { thread_id, item_id: hers(), item_ids: [hers(), hers()], kind: "positive", title: "taken", result: hers(), after: hers(), limit: 5, input, action, ...file };
  }
}

/** The same with ids that name nothing. */
function withoutHers(value: unknown, ada: Person): unknown {
  if (typeof value === "string") return hersIn(value, ada) ? (MISSING[value.split("_")[0]!] ?? `${value.split("_")[0]}_${"0".repeat(32)}`) : value;
  if (Array.isArray(value)) return value.map((one) => withoutHers(one, ada));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [withoutHers(key, ada) as string, withoutHers(one, ada)]));
}

const hersIn = (value: string, ada: Person) => ada.threads.includes(value) || ada.items.includes(value) || ada.attachments.includes(value);
