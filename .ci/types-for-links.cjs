// npm runs this in a clone that another project has as a dependency (`npm install ../chatkit-server`), and in the clone's own install.
// The other project's compiler may take no `.ts` in imports, so it needs `types/`; the clone itself does without and is installed sooner.
const { existsSync, realpathSync } = require("node:fs");
const { spawnSync } = require("node:child_process");

const { INIT_CWD: askedIn } = process.env;
if (askedIn && realpathSync(askedIn) !== realpathSync(process.cwd())) {
  if (existsSync("node_modules")) process.exitCode = spawnSync("npm", ["run", "prepack"], { stdio: "inherit", shell: process.platform === "win32" }).status ?? 1;
  else console.warn(`${process.cwd()} has no node_modules: run npm install there, then here again`);
}
