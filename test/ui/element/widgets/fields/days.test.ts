import { describe, expect, test } from "bun:test";
import { dayOf, formatted, plusDays, plusMonths, weeksOf } from "../../../../../src/ui/element/widgets/fields/days.ts";

describe("days", () => {
  test("are read from ISO dates and moments as they are written there, in no time zone", () => {
    expect(["2026-11-26", "2026-11-26T23:59:59-11:00", "2026-11-26T00:00:00Z"].map(dayOf)).toEqual(["2026-11-26", "2026-11-26", "2026-11-26"]);
    expect(["2026-02-30", "2026-13-01", "26.11.2026", "", null, 5, "2026-11-26x"].map(dayOf)).toEqual(Array.from({ length: 7 }, () => undefined));
  });

  test("are counted over the ends of months and leap years", () => {
    expect([plusDays("2026-12-31", 1), plusDays("2024-03-01", -1), plusMonths("2026-01-31", 1), plusMonths("2024-02-29", 12), plusMonths("2026-01-15", -1)]).toEqual(["2027-01-01", "2024-02-29", "2026-02-28", "2025-02-28", "2025-12-15"]);
  });

  test("stand in weeks that begin as the locale has it", () => {
    expect(weeksOf("2026-11-26", "de")[0]![0]).toBe("2026-10-26");
    expect(weeksOf("2026-11-26", "en-US")[0]![0]).toBe("2026-11-01");
    expect(weeksOf("2026-02-10", "en-US")).toHaveLength(4);
    expect(formatted("2026-11-26", "de", { dateStyle: "long" })).toBe("26. November 2026");
  });
});
