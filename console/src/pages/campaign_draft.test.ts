import { expect, test } from "vitest";
import { bodyOf, FRESH, lacks, restored, type Draft } from "./campaign_draft";

const WHOLE: Draft = { ...FRESH, name: " Spring ", lists: ["lst_1"], from: "Shop", text: "Hi", zone: "Asia/Dhaka" };

test.each<[string, Partial<Draft>, object]>([
  ["lists at once", {}, { kind: "base", name: "Spring", lists: ["lst_1"], from: "Shop" }],
  ["typed numbers", { audience: "typed", typed: "8801711000301,Ada", smart: true }, { kind: "single", recipients: [{ to: "8801711000301", fields: { first_name: "Ada" } }] }],
  ["segments by clicks", { smart: true, firstSize: 50, byItself: true, threshold: 4, waitMinutes: 30 }, { kind: "smart", first_segment_size: 50, ctr_threshold: 4, ctr_wait_minutes: 30 }],
  ["segments by hand", { smart: true, threshold: 4 }, { kind: "smart", first_segment_size: 100 }],
  ["some senders", { sending: "several", senders: ["snd_1", "snd_2"] }, { senders: ["snd_1", "snd_2"] }],
  ["a list of senders", { sending: "list", senderList: "sdl_1" }, { sender_list: "sdl_1" }],
  ["a time in a zone", { when: "at", local: "2026-05-01T09:30" }, { send_at: "2026-05-01T03:30:00.000Z" }],
  ["a trigger and a delay", { when: "trigger", trigger: "trg_4", delayMinutes: 5, local: "2026-05-01T09:30" }, { trigger: "trg_4", delay_minutes: 5 }],
  ["quiet hours", { quiet: true, validityHours: 2 }, { quiet_hours: { start: "21:00:00", end: "09:00:00" }, validity_seconds: 7200 }],
])("%s become a plan", (_, change, plan) => {
  const common = { kind: "base", name: "Spring", text: "Hi", class: "promotional", smart_encoding: true, suppressions: [], lists: ["lst_1"], from: "Shop" };
  const made = bodyOf({ ...WHOLE, ...change }) as Record<string, unknown>;
  const wanted: Record<string, unknown> = { ...common, ...plan };
  if ("recipients" in wanted) delete wanted["lists"];
  if ("senders" in wanted || "sender_list" in wanted) delete wanted["from"];
  expect(made).toEqual(wanted);
});

test.each<[Partial<Draft>, number, string | null]>([
  [{}, 0, null],
  [{ name: " " }, 0, "name"],
  [{ lists: [] }, 0, "lists"],
  [{ audience: "typed", typed: "\n" }, 0, "typed"],
  [{ smart: true, firstSize: 0 }, 0, "first_size"],
  [{ from: null }, 1, "sender"],
  [{ sending: "several", senders: [] }, 1, "sender"],
  [{ text: " " }, 1, "text"],
  [{ when: "at" }, 3, "time"],
  [{ when: "trigger" }, 3, "trigger"],
  [{ when: "now" }, 3, null],
])("with %j step %i lacks %s", (change, step, lack) => {
  expect(lacks({ ...WHOLE, ...change }, step)).toBe(lack);
});

test("a draft that was kept comes back, as far as it still fits", () => {
  const kept = { name: "Old", lists: "lst_1", from: "Shop", trigger: null, firstSize: 7, gone: true };
  expect(restored(kept)).toEqual({ ...FRESH, name: "Old", from: "Shop", firstSize: 7 });
  expect(restored("nonsense")).toEqual(FRESH);
});
