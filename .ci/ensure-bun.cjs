// The npm package `bun` ships a placeholder that its postinstall replaces with the executable. npm 12, and any npm
// under --ignore-scripts, does not run that script: the placeholder then only prints an error. Replace it here.
const { closeSync, existsSync, openSync, readSync } = require("node:fs");
const { join } = require("node:path");
const { spawnSync } = require("node:child_process");

const folder = join(__dirname, "../node_modules/bun");
const executable = join(folder, "bin/bun.exe");

function isPlaceholder(path) {
  const head = Buffer.alloc(4);
  const file = openSync(path, "r");
  readSync(file, head, 0, 4, 0);
  closeSync(file);
  return head.toString("latin1") === "echo";
}

// Without node_modules/bun (say, `npm install --omit=dev`) the bun on the PATH is the one that runs.
if (existsSync(executable) && isPlaceholder(executable)) {
  const installed = spawnSync(process.execPath, [join(folder, "install.js")], { cwd: folder, stdio: "inherit" });
  process.exit(installed.status ?? 1);
}
