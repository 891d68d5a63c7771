import { say } from "../../support/agent-turn.ts";
import { eventsOf, type Program } from "../../support/binary.ts";
import { userInput } from "../../support/chat.ts";
import { DEFAULTS, HOST, LOGIN, readmeBlock, ReverseProxy, type ProxyKind } from "../../support/reverse-proxy.ts";
import { until } from "../../support/until.ts";
import { rounded, World, type Figures } from "../world.ts";

type Setup = "readme" | "defaults";

/**
 * The program behind a real proxy: answers are streamed as they come and outlast a quiet model, a client that leaves is noticed, and
 * nothing that a client writes itself says who it is or where it comes from.
 */
export async function behindProxy(kind: ProxyKind, setup: Setup): Promise<Figures> {
  await using world = await World.open("sqlite");
  // Caddy passes on the name that it was asked by: without a login the server has to know it.
  const auth = setup === "readme" ? ["--auth", "header", "--allowed-hosts", HOST] : ["--public-url", `https://${HOST}`];
  const program = await world.start(["--heartbeat", "1s", ...auth], { LOG_LEVEL: "info" });
  await using proxy = await ReverseProxy.start(kind, program.url, setup === "readme" ? await readmeBlock(kind) : DEFAULTS[kind]);
  const client = new Client(proxy);
  const streamed = await client.stream(say({ turns: [[{ text: "word ".repeat(20).trim() }]], delay: 100 }));
  const quiet = await client.stream(say([[{ sleep: 5000 }, { text: "At last." }]]));
  return {
    deltas: streamed.deltas,
    arrivals: streamed.arrivals,
    ended: streamed.ended,
    quiet_ended: quiet.ended,
    left_ms: await leave(client, world),
    too_large: (await client.post("threads.list", { filler: "x".repeat(2 * 1024 ** 2) })).status,
    ready: (await proxy.fetch("/readyz")).status,
    ...(setup === "readme" && (await forged(client, program))),
  };
}

/** How long until the model is told that nobody listens any more. */
async function leave(client: Client, { model }: World): Promise<number> {
  const before = { aborted: model.aborted, requests: model.requests.length };
  const left = new AbortController();
  const response = await client.post("threads.create", { input: userInput(say([[{ text: "begun" }, { hang: true }]])) }, {}, left.signal);
  const reader = response.body!.getReader();
  await until(async () => (model.requests.length > before.requests ? true : undefined));
  for (let next = await reader.read(), text = ""; !next.done && !text.includes("text_delta"); next = await reader.read()) {
    text += new TextDecoder().decode(next.value);
  }
  const at = performance.now();
  left.abort();
  await until(async () => (model.aborted > before.aborted ? true : undefined));
  return rounded(performance.now() - at);
}

/** What a client gets by writing itself what only the proxy may say. */
async function forged(client: Client, program: Program): Promise<Figures> {
  const threadsOf = async (headers: Record<string, string>) => {
    const response = await client.post("threads.list", {}, headers);
    return response.ok ? ((await response.json()) as { data: unknown[] }).data.length : `HTTP ${response.status}`;
  };
  const victim = { "x-user-id": "ada" };
  const figures = {
    own: await threadsOf({ [LOGIN]: "ada" }),
    forged: await threadsOf({ [LOGIN]: "eve", ...victim }),
    forged_underscore: await threadsOf({ [LOGIN]: "eve", "x_user_id": "ada" }),
    without_login: await threadsOf({ [LOGIN]: "", ...victim }),
  };
  await threadsOf({ [LOGIN]: "", "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9", "x-real-ip": "203.0.113.9" });
  const audited = await until(async () => /\{[^\n]*"category":"audit"[^\n]*\}/.exec(program.output.stderr)?.[0]);
  return { ...figures, client_ip: (JSON.parse(audited) as { client_ip: string }).client_ip, believed_address: Number(program.output.stderr.includes("203.0.113.9")) };
}

class Client {
  constructor(private readonly proxy: ReverseProxy) {}

  post(type: string, params: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return this.proxy.fetch("/chatkit", {
      method: "POST",
      headers: { "content-type": "application/json", [LOGIN]: "ada", ...headers },
      body: JSON.stringify({ type, params }),
      ...(signal && { signal }),
    });
  }

  /** One answer: its deltas, at how many moments they arrived, and how it ended. */
  async stream(text: string): Promise<{ deltas: number; arrivals: number; ended: string }> {
    const response = await this.post("threads.create", { input: userInput(text) });
    const moments = new Set<number>();
    let deltas = 0;
    let ended = "cut";
    for await (const event of eventsOf(response)) {
      if (event.type === "thread.item.updated" && "delta" in event.update) {
        deltas += 1;
        moments.add(Math.round(performance.now() / 20));
      }
      if (event.type === "error") ended = "error";
      if (event.type === "thread.item.done" && event.item.type === "assistant_message") ended = "done";
    }
    return { deltas, arrivals: moments.size, ended };
  }
}
