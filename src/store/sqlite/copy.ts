import { Database } from "bun:sqlite";
import { createPrivateFile } from "../private-files.ts";

/** Copies a database as it is at this moment into a new file, which only this user can read. Others may write meanwhile. */
export function copyDatabase(path: string, copy: string): void {
  const db = new Database(path, { readonly: true });
  try {
    db.run("pragma busy_timeout = 5000");
    createPrivateFile(copy, () => {});
    db.run("vacuum into ?", [copy]);
  } finally {
    db.close();
  }
}
