import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { chmodSync, chownSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareFolder } from "../../src/agents/starter/init-template.ts";
import { loadConfig } from "../../src/config/load.ts";
import { toChatKitError } from "../../src/errors.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";

/** What somebody with an account on the same machine would try, one test for each attack, named by its weakness. */

let folder: string;
const before = { folder: process.cwd(), umask: process.umask() };
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "chatkit-files-"))));
afterEach(() => {
  process.umask(before.umask);
  process.chdir(before.folder);
  rmSync(folder, { recursive: true, force: true });
});

const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8);

/** Opens a database, writes to it so that all of its files are there, and answers what was warned of. */
async function opened(path: string): Promise<string[]> {
  const warnings: string[] = [];
  const store = new SqliteStore(path, (warning) => warnings.push(warning));
  await store.migrate();
  const files = [path, `${realpathSync(path)}-wal`, `${realpathSync(path)}-shm`].map((file) => mode(file));
  await store.close();
  return [...new Set(files), ...warnings];
}

describe("the database's files", () => {
  test.each(["022", "002", "000", "777"])("CWE-276: no other user reads or writes them, nor what lies in their folders, under umask %s", async (umask) => {
    process.umask(Number.parseInt(umask, 8));
    expect(await opened(join(folder, "made/for/it/chat.db"))).toEqual(["600"]);
    expect(["made", "made/for", "made/for/it"].map((made) => mode(join(folder, made)))).toEqual(["700", "700", "700"]);
  });

  test("CWE-276: one that a link leads to is made at its end, as private", async () => {
    mkdirSync(join(folder, "volume"));
    symlinkSync(join(folder, "volume/chat.db"), join(folder, "chat.db"));
    expect(await opened(join(folder, "chat.db"))).toEqual(["600"]);
    expect(mode(join(folder, "volume/chat.db"))).toBe("600");
  });

  test("what is there keeps its modes: who mounts a volume sets them on purpose", async () => {
    const path = join(folder, "mounted/chat.db");
    mkdirSync(join(folder, "mounted"));
    chmodSync(join(folder, "mounted"), 0o755);
    new Database(path, { create: true }).close();
    chmodSync(path, 0o640);
    expect(await opened(path)).toEqual(["640"]);
    expect(mode(join(folder, "mounted"))).toBe("755");
  });

  test("CWE-732: a database that everybody may write, or replace, is warned of and served", async () => {
    const path = join(folder, "chat.db");
    await opened(path);
    chmodSync(path, 0o666);
    expect(await opened(path)).toEqual(["666", `every user of this machine can write ${path}: chmod o-w it`]);
    chmodSync(path, 0o600);
    chmodSync(folder, 0o777);
    expect(await opened(path)).toEqual(["600", `every user of this machine can put another file in the place of ${path}: chmod o-w ${folder}`]);
    chmodSync(folder, 0o1777);
    expect(await opened(path)).toEqual(["600"]);
  });
});

describe("a chatkit.yaml that lies in the working directory", () => {
  beforeEach(() => {
    process.chdir(folder);
    writeFileSync("chatkit.yaml", "port: 4711\n");
    chmodSync("chatkit.yaml", 0o644);
  });

  /** The port in force, or why it was refused. */
  const outcome = () =>
    loadConfig({}, {}).then(
      ({ config }) => config.port,
      (thrown: unknown) => toChatKitError(thrown).message,
    );

  /** As if somebody else had put it there; with root's rights they really have, otherwise this process is somebody else. */
  async function ofSomebodyElse<T>(path: string, work: () => Promise<T>): Promise<T> {
    if (process.getuid!() === 0) {
      chownSync(path, 65534, 65534);
      return work();
    }
    using _ = spyOn(process, "geteuid").mockReturnValue(process.getuid!() + 1);
    return await work();
  }

  test("is read when it is this user's, and nobody else may write it", async () => {
    expect(await outcome()).toBe(4711);
    chmodSync("chatkit.yaml", 0o400);
    expect(await outcome()).toBe(4711);
    symlinkSync(join(folder, "chatkit.yaml"), join(folder, "link.yaml"));
    expect((await loadConfig({ config: "link.yaml" }, {})).config.port).toBe(4711);
  });

  test.each(["666", "664", "646", "620", "602", "777"])("CWE-732: is refused with mode %s, in which others may write it", async (bits) => {
    chmodSync("chatkit.yaml", Number.parseInt(bits, 8));
    expect(await outcome()).toBe(
      "chatkit.yaml was found in the working directory and is not read: others may write it: chmod go-w chatkit.yaml. " +
        "If it is meant, name it by --config or CHATKIT_CONFIG.",
    );
    expect((await loadConfig({ config: "chatkit.yaml" }, {})).config.port).toBe(4711);
    expect((await loadConfig({}, { CHATKIT_CONFIG: "chatkit.yaml" })).config.port).toBe(4711);
  });

  test("CWE-426: is refused when it is another user's", async () => {
    const said = await ofSomebodyElse("chatkit.yaml", outcome);
    expect(said).toContain("is not read: it belongs to another user");
  });

  test("CWE-59: is refused when it is another user's link to a file of this user's", async () => {
    writeFileSync("mine.yaml", "port: 1\n");
    rmSync("chatkit.yaml");
    symlinkSync("mine.yaml", "chatkit.yaml");
    chmodSync("mine.yaml", 0o644);
    expect(await outcome()).toBe(1);
    if (process.getuid!() === 0) Bun.spawnSync(["chown", "-h", "65534:65534", "chatkit.yaml"]);
    using _ = process.getuid!() === 0 ? undefined : spyOn(process, "geteuid").mockReturnValue(process.getuid!() + 1);
    expect(lstatSync("chatkit.yaml").isSymbolicLink()).toBe(true);
    expect(await outcome()).toContain("it belongs to another user");
  });

  test("CWE-426: is refused where everybody may put another file in its place, and read in a sticky folder", async () => {
    chmodSync(folder, 0o777);
    expect(await outcome()).toContain(`others may put another file in its place: chmod o-w `);
    chmodSync(folder, 0o1777);
    expect(await outcome()).toBe(4711);
    chmodSync(folder, 0o775);
    expect(await outcome()).toBe(4711);
  });

  test("CWE-400: is refused, not waited for, when it is a pipe", async () => {
    rmSync("chatkit.yaml");
    Bun.spawnSync(["mkfifo", "-m", "600", "chatkit.yaml"]);
    expect(await outcome()).toContain("it is no file");
  });
});

describe("init", () => {
  test("CWE-59: writes nothing through links that lie in the folder", async () => {
    const victim = join(folder, "victim");
    const cloned = join(folder, "cloned");
    mkdirSync(join(victim, "types"), { recursive: true });
    mkdirSync(cloned);
    writeFileSync(join(victim, "package.json"), "theirs");
    writeFileSync(join(victim, "types/index.d.ts"), "theirs");
    symlinkSync(join(victim, "agent.ts"), join(cloned, "agent.ts"));
    symlinkSync(join(victim, "nothing.json"), join(cloned, "package.json"));
    symlinkSync(victim, join(cloned, ".chatkit-server"));
    await expect(prepareFolder(cloned)).rejects.toThrow(`${join(cloned, ".chatkit-server")} is a link: init writes through none.`);
    rmSync(join(cloned, ".chatkit-server"));
    mkdirSync(join(cloned, ".chatkit-server"));
    symlinkSync(join(victim, "types"), join(cloned, ".chatkit-server/types"));
    linkSync(join(victim, "package.json"), join(cloned, ".chatkit-server/package.json"));
    expect((await prepareFolder(cloned)).editor?.install).toBe("npm install --save-dev ./.chatkit-server");
    expect(readdirSync(victim).sort()).toEqual(["package.json", "types"]);
    expect(readdirSync(join(victim, "types"))).toEqual(["index.d.ts"]);
    expect([join(victim, "package.json"), join(victim, "types/index.d.ts")].map((file) => readFileSync(file, "utf8"))).toEqual(["theirs", "theirs"]);
    expect(readFileSync(join(cloned, ".chatkit-server/package.json"), "utf8")).toContain('"types"');
  });
});
