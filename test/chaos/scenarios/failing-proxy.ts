import { request as send } from "node:http";
import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { Told, ask } from "../reader.ts";
import { itemsOf, World, type Figures, type Kind } from "../world.ts";

type Failure = "502 before the head" | "504 before the head" | "502 after the head" | "504 after the head";

/**
 * A proxy in between answers with 502 or 504, before or after it has seen the head, and the page sends the same body again, as ChatKit
 * does. A body whose head the proxy never saw is one message; nothing that a page sends is left without an answer.
 */
export async function failingProxy(kind: Kind, { rounds = 3 } = {}): Promise<Figures> {
  await using world = await World.open(kind);
  const program = await world.start();
  const figures: Record<string, number> = { rounds, unanswered: 0 };
  for (const failure of ["502 before the head", "504 before the head", "502 after the head", "504 after the head"] as const) {
    const name = failure.replaceAll(" ", "_");
    for (let round = 0; round < rounds; round++) {
      const { messages, answered } = await once(program, failure);
      figures[`messages_${name}`] = (figures[`messages_${name}`] ?? 0) + messages;
      if (!answered) figures["unanswered"]!++;
    }
  }
  return figures;
}

async function once(program: Program, failure: Failure): Promise<{ messages: number; answered: boolean }> {
  const headers = { "chatkit-frame-instance-id": crypto.randomUUID() };
  const first = new Told();
  await first.read(await ask(program, "threads.create", { input: userInput(say([[{ text: "hello" }]])) }, headers));
  const thread_id = first.done[0]!.thread_id;
  const body = JSON.stringify({
    type: "threads.add_user_message",
    params: { thread_id, input: userInput(say({ turns: [[{ text: "one two three" }]], delay: 50 })) },
  });
  let isFailing = true;
  using proxy = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    development: false,
    idleTimeout: 60,
    async fetch(request) {
      const bytes = await request.bytes();
      if (!isFailing) return fetch(`${program.url}/chatkit`, { method: "POST", body: bytes, headers: { ...headers, "content-type": "application/json" } });
      isFailing = false;
      await fail(program, bytes, headers, failure);
      return new Response(null, { status: Number(failure.slice(0, 3)) });
    },
  });
  // The client's own patience: up to five times, with growing pauses.
  for (let attempt = 0; attempt < 6; attempt++) {
    const response = await fetch(proxy.url, { method: "POST", body, headers: { ...headers, "content-type": "application/json" } });
    if (response.status >= 500) {
      await Bun.sleep(200 * 2 ** attempt);
      continue;
    }
    let last = "";
    for await (const event of eventsOf(response)) last = event.type === "thread.item.done" ? event.item.type : event.type;
    // A message that has to wait until the first one is answered says so, and may be sent again by hand.
    const answered = last === "assistant_message" || last === "error";
    const items = await itemsOf(program, thread_id);
    return { messages: items.filter(({ type }) => type === "user_message").length - 1, answered };
  }
  return { messages: 0, answered: false };
}

/** Takes the request to the server and loses it there: before it has read anything of the answer, or after. */
async function fail(program: Program, body: Uint8Array, headers: Record<string, string>, failure: Failure): Promise<void> {
  const isPaused = failure === "504 before the head";
  if (isPaused) program.child.kill("SIGSTOP");
  const gone = Promise.withResolvers<void>();
  const upstream = send(`${program.url}/chatkit`, { method: "POST", headers: { ...headers, "content-type": "application/json", "content-length": body.length } });
  upstream.on("error", () => gone.resolve());
  upstream.on("close", () => gone.resolve());
  if (failure.endsWith("after the head")) {
    const pause = failure.startsWith("504") ? 150 : 0;
    upstream.on("response", () => void setTimeout(() => upstream.destroy(), pause));
    upstream.end(body);
  } else {
    upstream.end(body, () => void setTimeout(() => upstream.destroy(), isPaused ? 300 : 0));
  }
  await gone.promise;
  if (isPaused) program.child.kill("SIGCONT");
}
