import { expect, test } from "vitest";
import { momentIn } from "./words";

test.each([
  ["UTC", "2026-05-01T09:30", "2026-05-01T09:30:00.000Z"],
  ["Asia/Dhaka", "2026-05-01T09:30", "2026-05-01T03:30:00.000Z"],
  ["America/New_York", "2026-01-15T00:15", "2026-01-15T05:15:00.000Z"],
  ["Asia/Kathmandu", "2026-01-01T00:00", "2025-12-31T18:15:00.000Z"],
  // The hours about a change of clocks: the offset of the answer counts, not that of the guess.
  ["Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59:00.000Z"],
  ["Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z"],
  ["Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00.000Z"],
])("clocks in %s show %s at %s", (zone, local, moment) => {
  expect(momentIn(zone, local)).toBe(moment);
});
