/** What differs from one conversation to the next: ids, dates, durations, addresses. */

const ID = /\b[a-z]+(?:_tc)?_[0-9a-f]{8,}\b/g;
const ORIGIN = /http:\/\/127\.0\.0\.1:\d+/g;

/** Which id of ours stands for which recorded one: bound at their first appearance in the same place, and one to one. */
export class Ids {
  readonly #ours: Map<string, string>;
  readonly #taken: Set<string>;

  /** @param known what is known already; it is left as it is */
  constructor(known?: Ids) {
    this.#ours = new Map(known ? known.#ours : []);
    this.#taken = new Set(known ? known.#taken : []);
  }

  /** Learns from two values of the same shape; where the shapes differ there is nothing to learn. */
  bind(recorded: unknown, ours: unknown): void {
    if (typeof recorded === "string" && typeof ours === "string") this.#bindText(recorded, ours);
    else if (Array.isArray(recorded) && Array.isArray(ours)) recorded.forEach((value, i) => this.bind(value, ours[i]));
    else if (isRecord(recorded) && isRecord(ours)) for (const key of Object.keys(recorded)) this.bind(recorded[key], ours[key]);
  }

  /** A recorded value with our ids in it. */
  translate<T>(recorded: T): T;
  translate(recorded: unknown): unknown {
    if (typeof recorded === "string") return recorded.replace(ID, (id) => this.#ours.get(id) ?? id);
    if (Array.isArray(recorded)) return recorded.map((value) => this.translate(value));
    if (!isRecord(recorded)) return recorded;
    return Object.fromEntries(Object.entries(recorded).map(([key, value]) => [key, this.translate(value)]));
  }

  #bindText(recorded: string, ours: string): void {
    const [theirIds, ourIds] = [recorded.match(ID) ?? [], ours.match(ID) ?? []];
    if (theirIds.length !== ourIds.length) return;
    theirIds.forEach((id, i) => {
      if (this.#ours.has(id) || this.#taken.has(ourIds[i]!)) return;
      this.#ours.set(id, ourIds[i]!);
      this.#taken.add(ourIds[i]!);
    });
  }
}

/** Without what no two conversations share. Our dates must be UTC with milliseconds; the recorded ones are local and finer. */
export function timeless(value: unknown, whose: "recorded" | "ours"): unknown {
  if (typeof value === "string") return value.replace(ORIGIN, "http://HOST");
  if (Array.isArray(value)) return value.map((element) => timeless(element, whose));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key === "duration" && typeof inner === "number") return [key, "DURATION"];
      const isDate = key === "created_at" && (whose === "recorded" || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(inner)));
      return [key, isDate ? "DATE" : timeless(inner, whose)];
    }),
  );
}

/** A plain object; expect's matchers, which stand in expected values, are none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
