import { expect, test } from "vitest";
import { pauseMs, progressOf, shareOf, sumsOf, type Broadcast } from "./campaign_sums";

const LONG_AGO = "2026-01-01T00:00:00Z";

function broadcast(state: string, segments: object[], recipients = 10): Broadcast {
  const whole = segments.map((sums) => ({
    created_at: LONG_AGO,
    sums: { recipients: 0, skipped: {}, statuses: {}, clicks: 0, clicked: 0, converted: 0, charged: "0", ...sums },
  }));
  return { state, recipients, segments: whole } as unknown as Broadcast;
}

const TWO = [
  { recipients: 5, statuses: { delivered: 2, sent: 1, failed: 1 }, skipped: { duplicate: 1, opted_out: 0 }, clicks: 3, clicked: 2, converted: 1, charged: "0.5" },
  { recipients: 4, statuses: { delivered: 3 }, skipped: { duplicate: 1 }, charged: "0.25" },
];

test("segments are summed up", () => {
  expect(sumsOf(broadcast("running", TWO).segments)).toEqual({
    recipients: 9, messages: 7, ended: 6, delivered: 5, skipped: 2, clicks: 3, clicked: 2, converted: 1, charged: 0.75,
    statuses: { delivered: 5, sent: 1, failed: 1 }, reasons: { duplicate: 2 },
  });
});

test("what was left out has ended, too", () => {
  expect(progressOf(broadcast("running", TWO))).toBe(0.8);
  expect(progressOf(broadcast("waiting", [{}], 0))).toBe(0);
});

test.each([
  ["running", [{}], 10, 1500],
  ["running", [{}], 200_000, 4500],
  ["waiting", [{}], 10, 5000],
  ["finished", TWO, 10, 30_000],
])("a broadcast that is %s with %j of %i is asked about after a while", (state, segments, recipients, pause) => {
  expect(pauseMs(broadcast(state, segments, recipients))).toBe(pause);
});

test("what begins in a moment is looked at closely", () => {
  const at = (send_at: string | null) => ({ ...broadcast("waiting", [{}]), segments: [{ ...broadcast("waiting", [{}]).segments[0]!, send_at }] }) as Broadcast;
  const now = Date.parse("2026-05-01T09:00:00Z");
  expect(pauseMs(at("2026-05-01T08:59:59Z"), now)).toBe(1500);
  expect(pauseMs(at("2026-05-01T10:00:00Z"), now)).toBe(5000);
  expect(pauseMs(at(null), now)).toBe(5000);
});

test("a share of nothing is none", () => {
  expect([shareOf(1, 4), shareOf(0, 0)]).toEqual([0.25, null]);
});
