import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { SignJWT } from "jose";
import type { Page, ThreadMetadata } from "../../src/protocol/thread.ts";
import { binary, startBinary, type Program } from "../support/binary.ts";
import { LIST_THREADS, createThreadBody } from "../support/http.ts";

setDefaultTimeout(90_000);
beforeAll(binary);

const MEMORY = ["--database-url", "memory:"];

/** The status of a listing, and how many threads it has. */
async function threadsOf(program: Program, headers: Record<string, string>): Promise<[status: number, threads: number]> {
  const response = await program.post(LIST_THREADS, { headers });
  return [response.status, response.ok ? ((await response.json()) as Page<ThreadMetadata>).data.length : 0];
}

test("with a trusted header each user has their own threads, and nobody without it is let in", async () => {
  await using program = await startBinary([...MEMORY, "--auth", "header", "--auth-header", "X-Email"]);
  await (await program.post(createThreadBody(), { headers: { "x-email": "ada@example.com" } })).text();
  expect(await threadsOf(program, { "x-email": "ada@example.com" })).toEqual([200, 1]);
  expect(await threadsOf(program, { "x-email": "bob@example.com" })).toEqual([200, 0]);
  expect(await threadsOf(program, { "x-user-id": "ada@example.com" })).toEqual([401, 0]);
  expect(await threadsOf(program, { "x-email": "ada@example.com, bob@example.com" })).toEqual([401, 0]);
});

test("a header from an address that is not trusted is refused (CWE-290)", async () => {
  await using program = await startBinary([...MEMORY, "--auth", "header", "--trusted-proxies", "192.0.2.1"]);
  expect(await threadsOf(program, { "x-user-id": "ada" })).toEqual([401, 0]);
});

test("with tokens the user is who a valid one names", async () => {
  const secret = crypto.randomUUID() + crypto.randomUUID();
  await using program = await startBinary([...MEMORY, "--auth", "jwt"], { env: { CHATKIT_JWT_SECRET: secret } });
  const token = (key: string) =>
    new SignJWT({ sub: "ada" }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m").sign(new TextEncoder().encode(key));
  const valid = { authorization: `Bearer ${await token(secret)}` };
  await (await program.post(createThreadBody(), { headers: valid })).text();
  expect(await threadsOf(program, valid)).toEqual([200, 1]);
  expect(await threadsOf(program, { authorization: `Bearer ${await token("x".repeat(64))}` })).toEqual([401, 0]);
  expect(await threadsOf(program, { "x-user-id": "ada" })).toEqual([401, 0]);
  expect(program.output.stderr).not.toContain(secret);
});
