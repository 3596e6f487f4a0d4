/** What is being written in the wizard, kept in this browser until it is sent; and the plan that it makes. */
import type { Schemas } from "../api/client";
import { typedRecipients } from "../parts/mapping";
import { momentIn } from "../parts/words";

/** Where a draft is kept: in this browser, for whoever is signed in. Who signs out takes it away (`api/session.tsx`). */
const DRAFTS = "heliograph.campaign.";

export function draftKey(person: { id: string; account: string } | null | undefined): string {
  return person ? `${DRAFTS}${person.account}.${person.id}` : DRAFTS;
}

export interface Draft {
  name: string;
  campaign: string | null;
  audience: "lists" | "typed";
  lists: string[];
  typed: string;
  suppressions: string[];
  smart: boolean;
  firstSize: number;
  byItself: boolean;
  threshold: number;
  waitMinutes: number;
  sending: "one" | "several" | "list";
  from: string | null;
  senders: string[];
  senderList: string | null;
  text: string;
  kind: "promotional" | "transactional";
  smartEncoding: boolean;
  when: "now" | "at" | "trigger";
  local: string;
  zone: string;
  trigger: string | null;
  delayMinutes: number;
  quiet: boolean;
  quietFrom: string;
  quietTo: string;
  validityHours: number;
}

export const FRESH: Draft = {
  name: "", campaign: null, audience: "lists", lists: [], typed: "", suppressions: [],
  smart: false, firstSize: 100, byItself: false, threshold: 5, waitMinutes: 60,
  sending: "one", from: null, senders: [], senderList: null,
  text: "", kind: "promotional", smartEncoding: true,
  when: "now", local: "", zone: "", trigger: null, delayMinutes: 0,
  quiet: false, quietFrom: "21:00", quietTo: "09:00", validityHours: 0,
};

/** A draft from what was kept: of former versions only what still has the same form. */
export function restored(kept: unknown): Draft {
  const draft: Record<string, unknown> = { ...FRESH };
  if (typeof kept !== "object" || kept === null) return { ...FRESH };
  for (const [name, value] of Object.entries(kept)) {
    const now = draft[name];
    const alike = now === null || value === null ? value === null || typeof value === "string" : typeof value === typeof now && Array.isArray(value) === Array.isArray(now);
    if (name in FRESH && alike) draft[name] = value;
  }
  return draft as unknown as Draft;
}

export type Lack = "name" | "lists" | "typed" | "first_size" | "sender" | "text" | "time" | "trigger";
export const STEPS = ["whom", "what", "links", "when", "look"] as const;

/** What a step still needs; the first of it is told. */
export function lacks(draft: Draft, step: number): Lack | null {
  switch (STEPS[step]) {
    case "whom":
      if (!draft.name.trim()) return "name";
      if (draft.audience === "typed") return typedRecipients(draft.typed).length > 0 ? null : "typed";
      if (draft.lists.length === 0) return "lists";
      return draft.smart && draft.firstSize < 1 ? "first_size" : null;
    case "what":
      if (draft.sending === "one" ? !draft.from : draft.sending === "list" ? !draft.senderList : draft.senders.length === 0) return "sender";
      return draft.text.trim() ? null : "text";
    case "when":
      if (draft.when === "at" && !draft.local) return "time";
      return draft.when === "trigger" && !draft.trigger ? "trigger" : null;
    default:
      return null;
  }
}

/** What is asked of the server. */
export function bodyOf(draft: Draft, estimate?: string): Schemas["BroadcastBody"] {
  const typed = draft.audience === "typed";
  const smart = draft.smart && !typed;
  return {
    kind: typed ? "single" : smart ? "smart" : "base",
    name: draft.name.trim(),
    text: draft.text,
    class: draft.kind,
    smart_encoding: draft.smartEncoding,
    suppressions: draft.suppressions,
    ...(draft.campaign ? { campaign: draft.campaign } : {}),
    ...(typed ? { recipients: typedRecipients(draft.typed) } : { lists: draft.lists }),
    ...(smart ? { first_segment_size: draft.firstSize } : {}),
    ...(smart && draft.byItself ? { ctr_threshold: draft.threshold, ctr_wait_minutes: draft.waitMinutes } : {}),
    ...(draft.sending === "one" ? { from: draft.from } : draft.sending === "several" ? { senders: draft.senders } : { sender_list: draft.senderList }),
    ...(draft.when === "at" && draft.local ? { send_at: momentIn(draft.zone, draft.local) } : {}),
    ...(draft.when === "trigger" && draft.trigger ? { trigger: draft.trigger } : {}),
    ...(draft.delayMinutes > 0 ? { delay_minutes: draft.delayMinutes } : {}),
    ...(draft.quiet ? { quiet_hours: { start: `${draft.quietFrom}:00`, end: `${draft.quietTo}:00` } } : {}),
    ...(draft.validityHours > 0 ? { validity_seconds: draft.validityHours * 3600 } : {}),
    ...(estimate ? { estimate } : {}),
  } as Schemas["BroadcastBody"];
}
