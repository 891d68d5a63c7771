import { parseStored } from "../../protocol/json/steps.ts";
import { unescapeJson } from "../text-escape.ts";

/** Stands for a large value that is not parsed yet: the driver would parse it in one go, which may block the process for long. */
export class LargeJson {
  constructor(private readonly text: string) {}

  read(): unknown {
    return parseStored(unescapeJson(this.text));
  }
}

/** Parses the large values in the rows that the driver has returned, and puts them into the rows. */
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
