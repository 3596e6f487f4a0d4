import { expect, test } from "vitest";
import { blankFields, fieldsOf, putToken, sampleOf, thingToken, tokensIn } from "./tokens";

test.each([
  ["Hi |", "Hi {{first_name}}|"],
  ["Hi |!", "Hi {{first_name}}|!"],
  ["Hi|", "Hi {{first_name}}|"],
  ["Hi |you", "Hi {{first_name}}| you"],
  ["Hi [there], you", "Hi {{first_name}}|, you"],
  ["নাম|", "নাম {{first_name}}|"],
  ["|", "{{first_name}}|"],
])("in %j the token is put where the cursor is", (before, after) => {
  const from = before.search(/[|[]/);
  const chosen = /\[(.*)\]/.exec(before)?.[1] ?? "";
  const put = putToken(before.replace(/[|[\]]/g, ""), from, from + chosen.length, "{{first_name}}");
  expect(`${put.text.slice(0, put.cursor)}|${put.text.slice(put.cursor)}`).toBe(after);
});

test("what is in braces is told apart", () => {
  const found = tokensIn("{{first_name}} {{ link:5 }} {{link_list_2}} {{word_spinner:3}} {{link}} {{custom9}} {x}");
  expect(found.map(({ name, id, known }) => [name, id, known])).toEqual([
    ["first_name", null, true],
    ["link", "lnk_5", true],
    ["link_list", "lkl_2", true],
    ["word_spinner", "spn_3", true],
    ["link", null, false],
    ["custom9", null, false],
  ]);
});

test("a thing's token is read back as its id", () => {
  expect(tokensIn(thingToken("word_spinner", "spn_31"))[0]?.id).toBe("spn_31");
});

test("fields are those of any list, in their order", () => {
  const lists = [{ columns: ["custom1", "to"] }, { columns: ["last_name", "first_name"] }, {}];
  expect(fieldsOf(lists)).toEqual(["first_name", "last_name", "custom1"]);
});

test("a text names fields that nobody has", () => {
  expect(blankFields("{{first_name}} {{email}} {{shorten_url}}", ["first_name"])).toEqual(["email", "url"]);
});

test("a sample keeps what it has no word for", () => {
  const words: Record<string, string> = { first_name: "Ada", link: "https://x.example/l/abc" };
  expect(sampleOf("Hi {{first_name}}: {{link:5}} {{what}}", (used) => words[used.name])).toBe("Hi Ada: https://x.example/l/abc {{what}}");
});
