/** A profile of one-time passwords as it is edited: texts in their order instead of by language. */
import type { Schemas } from "../api/client";

type View = Schemas["ProfileView"];

export interface ProfileDraft {
  id: string | null;
  name: string;
  from: string | null;
  length: number;
  alphabet: string;
  ttl_seconds: number;
  max_attempts: number;
  resend_seconds: number;
  resend_limit: number;
  texts: { locale: string; text: string }[];
  limits: { number_per_hour: number; key_per_hour: number; prefix_per_minute: number; account_per_minute: number };
  guard: {
    mode: "off" | "monitor" | "filter" | "block";
    prefix_digits: number; share_percent: number; last: number; minimum: number; grace_seconds: number;
    prefix_per_hour: number; country_per_hour: number; floor_per_hour: number; cooldown_seconds: number;
  };
  allowed_countries: string[];
}

/** As the server has it where nothing is said. */
const NEW: Omit<ProfileDraft, "name"> = {
  id: null, from: null, length: 6, alphabet: "0123456789", ttl_seconds: 600, max_attempts: 5, resend_seconds: 30, resend_limit: 3, texts: [],
  limits: { number_per_hour: 5, key_per_hour: 20, prefix_per_minute: 0, account_per_minute: 0 },
  guard: { mode: "monitor", prefix_digits: 7, share_percent: 20, last: 50, minimum: 20, grace_seconds: 120, prefix_per_hour: 0, country_per_hour: 0, floor_per_hour: 60, cooldown_seconds: 3600 },
  allowed_countries: [],
};

export function emptyProfile(name: string, view?: View): ProfileDraft {
  if (!view) return { ...NEW, name, texts: [{ locale: "", text: "" }] };
  const { texts, limits, guard, ...rest } = view;
  const lines = Object.entries(texts).sort(([one], [other]) => one.localeCompare(other)).map(([locale, text]) => ({ locale, text }));
  return { ...NEW, ...rest, texts: lines, limits: { ...NEW.limits, ...limits }, guard: { ...NEW.guard, ...guard } as ProfileDraft["guard"] };
}

/** Lines without a text are none; of two for one language the later counts. */
export function profileBody({ id, texts, ...draft }: ProfileDraft): object {
  void id;
  const written = texts.filter((each) => each.text.trim() !== "");
  return { ...draft, name: draft.name.trim(), texts: Object.fromEntries(written.map((each) => [each.locale.trim(), each.text])) };
}

/** Whether a text lacks the code. */
export function profileLack({ texts }: ProfileDraft): boolean {
  return texts.some((each) => each.text.trim() !== "" && !each.text.includes("{{code}}"));
}
