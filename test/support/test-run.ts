import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The process whose end is the end of the tests: `bun test` itself, for each of the workers that its `--parallel` starts, too. */
const RUN = process.env["BUN_TEST_WORKER_ID"] === undefined ? process.pid : process.ppid;
const FOLDER = join(tmpdir(), `chatkit-postgres-${RUN}-${startOf(RUN)}`);
const DEADLINE_MS = 180_000;

/**
 * Sees the run end, however it ends, and then stops the PostgreSQL servers in its folder and removes that. A process that has ended
 * and was not waited for (a zombie) still takes signals. It starts one program a second: more would be felt by what judges time.
 */
const KEEPER = `
  run=$1 folder=$2
  is_running() {
    kill -0 "$1" || return 1
    [ -e "/proc/$1/status" ] || return 0
    while read -r key state _ && [ "$key" != State: ]; do :; done < "/proc/$1/status"
    [ "$state" != Z ]
  }
  while is_running "$run"; do sleep 1; done
  for file in "$folder"/*/data/postmaster.pid; do
    pid=$(head -n 1 "$file") && kill -s QUIT "$pid" && while is_running "$pid"; do sleep 0.1; done
  done
  rm -rf "$folder"
`;

/** A folder for all processes of this test run, which goes when the run ends, and the PostgreSQL servers in it with it. */
export async function runFolder(): Promise<string> {
  await once("keeper", async () => {
    // What a test file starts gets a signal when the file ends, and a terminal signals its whole session: so the keeper is the
    // child of a shell that is gone, in a session of its own.
    const shell = spawn("/bin/sh", ["-c", '/bin/sh -c "$@" &', "sh", KEEPER, "sh", String(RUN), FOLDER], { detached: true, stdio: "ignore" });
    await new Promise((resolve) => shell.once("exit", resolve));
    return "started";
  });
  return FOLDER;
}

/** What `make` answers, made by whichever process of the run asks first; the others wait for it. */
export async function once(name: string, make: () => Promise<string>): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  const [file, lock] = [join(FOLDER, name), join(FOLDER, `${name}.lock`)];
  for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await Bun.sleep(20)) {
    if (existsSync(file)) return readFileSync(file, "utf8");
    if (!take(lock)) continue;
    try {
      // Between the look and the lock another may have been first.
      if (existsSync(file)) continue;
      writeFileSync(`${file}.new`, await make());
      renameSync(`${file}.new`, file);
    } finally {
      rmdirSync(lock);
    }
  }
  throw new Error(`${name}: not made within ${DEADLINE_MS / 1000} s`);
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Tells a process from a later one that has got its number; where there is no /proc, numbers have to do. */
function startOf(pid: number): string {
  const file = `/proc/${pid}/stat`;
  // The fields after the program's name, which may have blanks in it; the start is the 22nd of all.
  return existsSync(file) ? readFileSync(file, "utf8").split(") ").at(-1)!.split(" ")[19]! : "0";
}
