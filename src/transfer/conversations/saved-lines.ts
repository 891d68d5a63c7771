import { createReadStream, existsSync } from "node:fs";
import { join } from "node:path";
import { TransferError } from "../transfer-error.ts";
import { textLines } from "./text-lines.ts";

/** The objects in a file of a saved folder, one a line. @throws TransferError when the folder is not as it was saved */
export async function* savedLines(folder: string, name: string): AsyncGenerator<unknown, void> {
  const path = join(folder, name);
  if (!existsSync(path)) throw damaged(folder, `it lacks ${name}`);
  let number = 0;
  for await (const line of textLines(createReadStream(path))) {
    number++;
    if (line.trim() !== "") yield parsed(line, () => damaged(folder, `line ${number} of ${name} is not JSON`));
  }
}

function parsed(line: string, error: () => TransferError): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw error();
  }
}

function damaged(folder: string, what: string): TransferError {
  return new TransferError(`${folder} is not as it was saved: ${what}; import openai --check ${folder} tells more`, true);
}
