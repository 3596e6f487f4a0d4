/** What has become of a broadcast's recipients, over all its segments. */
import type { Schemas } from "../api/client";

export type Broadcast = Schemas["BroadcastView"];
type Segment = Schemas["SegmentView"];

export interface Sums {
  /** Looked at so far. */
  recipients: number;
  messages: number;
  ended: number;
  delivered: number;
  skipped: number;
  clicks: number;
  clicked: number;
  converted: number;
  charged: number;
  statuses: Record<string, number>;
  reasons: Record<string, number>;
}

const ENDS = new Set(["delivered", "undelivered", "expired", "rejected", "failed", "cancelled"]);
const NOTHING: Sums = { recipients: 0, messages: 0, ended: 0, delivered: 0, skipped: 0, clicks: 0, clicked: 0, converted: 0, charged: 0, statuses: {}, reasons: {} };

export function sumsOf(segments: readonly Segment[]): Sums {
  const all: Sums = { ...NOTHING, statuses: {}, reasons: {} };
  for (const { sums } of segments) {
    for (const [status, count] of Object.entries(sums.statuses)) {
      all.statuses[status] = (all.statuses[status] ?? 0) + count;
      all.messages += count;
      if (ENDS.has(status)) all.ended += count;
      if (status === "delivered") all.delivered += count;
    }
    for (const [reason, count] of Object.entries(sums.skipped)) {
      if (count === 0) continue;
      all.reasons[reason] = (all.reasons[reason] ?? 0) + count;
      all.skipped += count;
    }
    all.recipients += sums.recipients;
    all.clicks += sums.clicks;
    all.clicked += sums.clicked;
    all.converted += sums.converted;
    all.charged += Number(sums.charged);
  }
  return all;
}

/** How much of it has ended, 0 to 1. */
export function progressOf(broadcast: Broadcast): number {
  const { ended, skipped } = sumsOf(broadcast.segments);
  return broadcast.recipients ? Math.min(1, (ended + skipped) / broadcast.recipients) : 0;
}

/** A share, or null where there is nothing to have one of. */
export function shareOf(part: number, all: number): number | null {
  return all > 0 ? part / all : null;
}

const RESTING = new Set(["finished", "cancelled"]);

const SOON_MS = 30_000;
const LATELY_MS = 600_000;

/** How long until it is asked about again: often while messages are made or on their way, hardly when all is over. */
export function pauseMs(broadcast: Broadcast | undefined, now = Date.now()): number {
  if (!broadcast) return 2000;
  const { messages, ended } = sumsOf(broadcast.segments);
  const large = broadcast.recipients > 100_000 ? 3 : 1;
  const due = broadcast.state === "waiting" && broadcast.segments.some((each) => each.send_at && Date.parse(each.send_at) - now < SOON_MS);
  if (broadcast.state === "running" || due || (ended < messages && now - lastMoved(broadcast) < LATELY_MS)) return 1500 * large;
  return RESTING.has(broadcast.state) ? 30_000 : 5000 * large;
}

function lastMoved(broadcast: Broadcast): number {
  return Math.max(...broadcast.segments.map((each) => new Date(each.finished_at ?? each.started_at ?? each.created_at).getTime()));
}
