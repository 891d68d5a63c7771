/**
 * An MCP server that sends without end once it has been initialised: `notifications`, log `messages`, `long` ones, `huge` ones of many values, `garbage` that only begins like JSON, `junk` that is no message, empty
 * `lines`, a line without `end`, or all of it on `stderr`. Its one tool answers all the same.
 */
import { mcpAnswer } from "./mcp-server.ts";

const CHUNK = 64 * 1024;
const message = (data: string) => `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data } })}\n`;
const FLOODS: Record<string, string> = {
  notifications: `${JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 99, progress: 1 } })}\n`,
  messages: message("hello"),
  long: message("x".repeat(100_000)),
  huge: `{"params":{"level":"info","data":[1${",1".repeat(4_500_000)}]},"jsonrpc":"2.0","method":"notifications/message"}\n`,
  garbage: `${'{"a'.repeat(3_000_000)}\n`,
  junk: `${"x".repeat(200)}\n`,
  lines: "\n",
  end: "x".repeat(CHUNK),
  stderr: `\u001b[31mnoise\u001b[0m ${process.env["MCP_TOKEN"]}\r\n`,
};

const kind = process.argv[2]!;
const piece = FLOODS[kind]!;
const chunk = piece.repeat(Math.ceil(CHUNK / piece.length));
const out = kind === "stderr" ? process.stderr : process.stdout;

function flood(): void {
  while (out.write(chunk));
  out.once("drain", flood);
}

let begun = false;
for await (const line of console) {
  const answer = line === "" ? undefined : mcpAnswer(JSON.parse(line) as never);
  if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`);
  if (!begun && line.includes('"tools/list"')) {
    begun = true;
    setTimeout(flood, 10);
  }
}
process.exit(0);
