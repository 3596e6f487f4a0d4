import { expect, test } from "vitest";
import { emptyProfile, profileBody, profileLack } from "./verify_draft";

test("a profile that is opened and saved stays as it was", () => {
  const { id, ...view } = {
    id: "vpf_2", name: "shop", from: "Shop", length: 4, alphabet: "AB12", ttl_seconds: 60, max_attempts: 3, resend_seconds: 0, resend_limit: 1,
    texts: { "": "Code {{code}}", bn: "কোড {{code}}" },
    limits: { number_per_hour: 1, key_per_hour: 2, prefix_per_minute: 3, account_per_minute: 4 },
    guard: { mode: "block" as const, prefix_digits: 5, share_percent: 10, last: 40, minimum: 10, grace_seconds: 60, prefix_per_hour: 7, country_per_hour: 8, floor_per_hour: 9, cooldown_seconds: 100 },
    allowed_countries: ["BD"],
  };
  expect(profileBody(emptyProfile("", { id, ...view }))).toEqual(view);
});

test("a line without text is no text, and one without code is told", () => {
  const draft = { ...emptyProfile("default"), texts: [{ locale: "", text: " " }, { locale: " de ", text: "Code: {{code}}" }] };
  expect(profileBody(draft)).toMatchObject({ name: "default", texts: { de: "Code: {{code}}" } });
  expect(profileLack(draft)).toBe(false);
  expect(profileLack({ ...draft, texts: [{ locale: "", text: "Code" }] })).toBe(true);
});
