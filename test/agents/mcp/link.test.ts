import { expect, test } from "bun:test";
import { Link, type Session } from "../../../src/agents/mcp/link.ts";
import { until } from "../../support/until.ts";

type Fake = Session & { id: number; isClosed: boolean };

/** A link to something that can be broken, and whose openings can be refused. */
function fake() {
  const told: string[] = [];
  const sessions: Fake[] = [];
  const state = { refuses: 0, told, sessions };
  const open = async (): Promise<Fake> => {
    if (state.refuses-- > 0) throw new Error("refused");
    const session: Fake = { id: sessions.length, isClosed: false, close: async () => void (session.isClosed = true) };
    sessions.push(session);
    return session;
  };
  const link = new Link<Fake>({ open, onLoss: (reason) => void told.push(reason), onReturn: () => void told.push("back") });
  return { link, ...state, state };
}

test("a session that ends is opened anew, and told once for its loss and once for its return", async () => {
  const { link, sessions, told } = fake();
  await link.connect();
  sessions[0]!.onEnd!("gone");
  sessions[0]!.onEnd!("gone");
  expect(link.isUp).toBe(false);
  expect((await link.session(5000)).id).toBe(1);
  expect(told).toEqual(["gone", "back"]);
  expect(sessions[0]!.isClosed).toBe(true);
  await link.close();
  expect(sessions[1]!.isClosed).toBe(true);
});

test("who wants a session that cannot be opened waits no longer than said; it is tried again all the while", async () => {
  const { link, sessions, state } = fake();
  await link.connect();
  state.refuses = 2;
  sessions[0]!.onEnd!("gone");
  await expect(link.session(1)).rejects.toThrow("not connected again yet");
  await until(async () => (link.isUp ? true : undefined));
  await link.close();
});

test("a link that is closed opens nothing any more, and can be opened again", async () => {
  const { link, sessions } = fake();
  await link.connect();
  sessions[0]!.onEnd!("gone");
  await link.close();
  await expect(link.session(100)).rejects.toThrow();
  expect(link.isUp).toBe(false);
  await link.connect();
  expect(link.isUp).toBe(true);
  await link.close();
  expect(sessions.every(({ isClosed }) => isClosed)).toBe(true);
});

test("a first session that cannot be opened is an error, and nothing is tried again", async () => {
  const { link, sessions, state } = fake();
  state.refuses = 1;
  await expect(link.connect()).rejects.toThrow("refused");
  expect(sessions).toEqual([]);
  await expect(link.session(1)).rejects.toThrow("not connected");
});
