import { expect, test } from "vitest";
import { everyDay } from "./days";

test("days without anything are there, also over the end of a month", () => {
  const days = [{ day: "2026-02-28", total: 3 }];
  expect(everyDay(days, "2026-02-27", "2026-03-01", { total: 0 })).toEqual([
    { day: "2026-02-27", total: 0 },
    { day: "2026-02-28", total: 3 },
    { day: "2026-03-01", total: 0 },
  ]);
});
