import { beforeAll, expect, test } from "bun:test";
import { binary } from "../support/binary.ts";
import { uploadsFullDisk } from "./scenarios/uploads-full-disk.ts";
import { uploadsKilled } from "./scenarios/uploads-killed.ts";

beforeAll(binary, 300_000);

test("kill -9 in the middle of 200 uploads leaves no part of a file, no record without bytes and no bytes without a record", async () => {
  const figures = await uploadsKilled();
  expect(figures).toMatchObject({ uploads: 200, whole: 20, torn: 0, kept: 20, parts_after_sweep: 0, records_without_bytes: 0, bytes_without_record: 0, outside: 0 });
  expect(figures["half_way"]).toBeGreaterThan(10);
}, 120_000);

test("a disk that is full refuses uploads, keeps nothing of them, and takes them once there is room again", async () => {
  const figures = await uploadsFullDisk();
  expect(figures).toEqual({ first: 200, refused: 19, statuses: "507", files_while_full: 1, parts_while_full: 0, retried: 19, files: 20 });
}, 120_000);
