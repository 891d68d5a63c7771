import { parseStored } from "../../protocol/json-steps.ts";
import { unescapeJson } from "../text-escape.ts";

/** In the place of a large value until the driver is done with its answer: the driver would parse it at once, which may take long. */
export class LargeJson {
  constructor(private readonly text: string) {}

  read(): unknown {
    return parseStored(unescapeJson(this.text));
  }
}

/** Puts what they hold in the place of the large values of the driver's answer, which is a list of rows. */
export function readLarge<T>(rows: T): T | Promise<T> {
  const reading: Promise<void>[] = [];
  for (const row of rows as unknown as Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (value instanceof LargeJson) reading.push(read(value, row, column));
    }
  }
  return reading.length > 0 ? Promise.all(reading).then(() => rows) : rows;
}

async function read(value: LargeJson, row: Record<string, unknown>, column: string): Promise<void> {
  row[column] = await value.read();
}
