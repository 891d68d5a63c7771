import { expect, test } from "bun:test";
import { join } from "node:path";
import { prepareSchema } from "../../src/runtime/schema.ts";
import { SqliteStore } from "../../src/store/sqlite/store.ts";
import { recordingLogger } from "../support/chat.ts";
import { emptyFolder } from "../support/binary.ts";

test("a worker of a newer program is not started before somebody has migrated: it would refuse every request in the place of one that answers", async () => {
  await using folder = await emptyFolder();
  const store = new SqliteStore(join(folder.path, "chat.db"));
  const logger = recordingLogger();
  await expect(prepareSchema(store, "supervisor", logger)).rejects.toMatchObject({ code: "schema_pending", message: expect.stringContaining("run the migrate verb") });
  await prepareSchema(store, "us", logger);
  expect((await prepareSchema(store, "supervisor", logger)).isPending()).toBe(false);
  expect(logger.lines).toEqual([]);
  await store.close();
});
