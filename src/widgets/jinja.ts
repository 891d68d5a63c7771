import { isDeepStrictEqual } from "node:util";
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { FILTERS } from "./jinja-filters.ts";

/** The package exports its classes, but not the types of their parameters and results: these are derived from the methods. */
type Value = ReturnType<Environment["set"]>;
type Statement = NonNullable<Parameters<Interpreter["evaluate"]>[0]>;
type Call = { value: string } | { callee: { value: string }; args: Statement[] };
type Filter = { operand: Statement; filter: Call };
type Binary = { left: Statement; right: Statement; operator: { value: string } };
type Test = { operand: Statement; test: { value: string } };

/** A template that can be rendered again and again. @throws Error when its syntax is wrong */
export function compileTemplate(source: string): (data: Readonly<Record<string, unknown>>) => string {
  // Without options, white space around blocks is kept, as in the Python SDK.
  const program = parse(tokenize(source, {}));
  return (data) => {
    const scope = new Environment(globals());
    for (const [name, value] of Object.entries(data)) scope.set(name, value);
    return String(new StrictInterpreter(scope).run(program).value);
  };
}

function globals(): Environment {
  const env = new Environment();
  for (const [name, value] of [
    ["true", true],
    ["false", false],
    ["none", null],
  ] as const) {
    env.set(name, value);
    env.set(name[0]!.toUpperCase() + name.slice(1), value);
  }
  env.set("range", (start: number, stop?: number, step = 1) => {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    const length = Math.max(0, Math.ceil((to - from) / step));
    if (!(length <= MAX_RANGE)) throw new Error(`range() of ${length}: at most ${MAX_RANGE} are rendered`);
    return Array.from({ length }, (_, i) => from + i * step);
  });
  return env;
}

/**
 * Operators that the engine runs as JavaScript and that Python runs otherwise: equal lists are equal, and the remainder has the sign
 * of the divisor.
 */
const OPERATORS: ReadonlyMap<string, (a: unknown, b: unknown) => unknown> = new Map<string, (a: unknown, b: unknown) => unknown>([
  ["==", (a, b) => isDeepStrictEqual(number(a), number(b))],
  ["!=", (a, b) => !isDeepStrictEqual(number(a), number(b))],
  ["%", (a, b) => remainder(number(a), number(b))],
]);
const number = (value: unknown): unknown => (typeof value === "boolean" ? Number(value) : value);

function remainder(a: unknown, b: unknown): number {
  if (typeof a !== "number" || typeof b !== "number") throw new Error("% needs two numbers");
  return ((a % b) + b) % b;
}

/** No widget has more rows. Without a limit, a template that takes `range` of a number from a user could fill the memory. */
const MAX_RANGE = 10_000;

/**
 * Jinja with strict undefined: a name or an attribute that is not there is an error, except in `is defined` and before `default`.
 * The package itself renders it as nothing, and a widget with a gap in it would be sent.
 */
class StrictInterpreter extends Interpreter {
  readonly #mayBeUndefined = new WeakSet<Statement>();

  override evaluate(node: Statement | undefined, scope: Environment): Value {
    if (node === undefined) return super.evaluate(node, scope);
    if (node.type === "TestExpression") this.#beforeTest(node as unknown as Test);
    const value = this.#evaluated(node, scope);
    // Some built-in filters return JavaScript's undefined, such as `first` of an empty list.
    if ((value === undefined || value.type === "UndefinedValue") && !this.#mayBeUndefined.has(node)) {
      throw new Error(`${nameOf(node)} is undefined`);
    }
    return value;
  }

  #evaluated(node: Statement, scope: Environment): Value {
    if (node.type === "FilterExpression") return this.#filtered(node as unknown as Filter & Statement, scope);
    const own = node.type === "BinaryExpression" ? OPERATORS.get((node as unknown as Binary).operator.value) : undefined;
    if (own === undefined) return super.evaluate(node, scope);
    const { left, right } = node as unknown as Binary;
    return runtimeValue(own(plain(this.evaluate(left, scope)), plain(this.evaluate(right, scope))));
  }

  #beforeTest({ operand, test }: Test): void {
    if (test.value === "defined" || test.value === "undefined") this.#mayBeUndefined.add(operand);
  }

  #filtered(node: Filter & Statement, scope: Environment): Value {
    const { operand, filter } = node;
    const [name, args] = "callee" in filter ? [filter.callee.value, filter.args] : [filter.value, []];
    if (name === "default" || name === "d") this.#mayBeUndefined.add(operand);
    const own = FILTERS.get(name);
    if (own === undefined) return super.evaluate(node, scope);
    const result = own(plain(this.evaluate(operand, scope)), ...args.map((arg) => plain(this.evaluate(arg, scope))));
    return result === undefined ? super.evaluate(node, scope) : runtimeValue(result);
  }
}

function nameOf(node: Statement & { value?: unknown; object?: Statement; property?: Statement; computed?: boolean }): string {
  if (node.type === "Identifier") return String(node.value);
  if (node.type === "MemberExpression" && node.object && node.property) {
    return node.computed ? `${nameOf(node.object)}[…]` : `${nameOf(node.object)}.${nameOf(node.property)}`;
  }
  return "A value";
}

const runtimeValue = (value: unknown): Value => new Environment().set("value", value);

/** The engine's value as a plain JavaScript value, which our filters and operators take. */
function plain(value: Value | undefined): unknown {
  const inner: unknown = value?.value;
  if (Array.isArray(inner)) return inner.map((element: Value) => plain(element));
  if (inner instanceof Map) return Object.fromEntries(Array.from(inner as Map<string, Value>, ([key, element]) => [key, plain(element)]));
  return inner;
}
