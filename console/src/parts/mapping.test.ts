import { expect, test } from "vitest";
import { guess, troubleOf, typedRecipients, type Previewed } from "./mapping";

function preview(rows: string[][], more: Partial<Previewed> = {}): Previewed {
  const none = rows[0]!.map(() => false);
  return { rows, header: true, all_numbers: none, exceeds_50: none, exceeds_255: none, exceeds_5000: none, ...more };
}

test.each([
  [["Phone Number", "First-Name", "E"], {}, ["to", "first_name", ""]],
  [["msisdn", "mobile", "custom1"], {}, ["to", "", "custom1"]],
  [["who", "nr"], { all_numbers: [false, true] }, ["", "to"]],
  [["Ada", "8801711000301"], { header: false, all_numbers: [false, true] }, ["", "to"]],
])("columns %j are taken for what they are", (heading, more, columns) => {
  expect(guess(preview([heading], more))).toEqual(columns);
});

test("a column is checked for what it shall be", () => {
  const file = preview([["a", "b", "c"]], { all_numbers: [true, false, false], exceeds_50: [false, true, true], exceeds_255: [false, false, true] });
  expect(troubleOf(file, 0, "to")).toBeNull();
  expect(troubleOf(file, 1, "to")).toBe("not_numbers");
  expect(troubleOf(file, 1, "first_name")).toBe("too_long");
  expect(troubleOf(file, 1, "email")).toBeNull();
  expect(troubleOf(file, 2, "email")).toBe("too_long");
  expect(troubleOf(file, 2, "custom")).toBeNull();
  expect(troubleOf(file, 2, "")).toBeNull();
});

test("recipients are read as people write them, each once", () => {
  const text = "+880 1711-000301, Ada, Lovelace\n8801711000302\n\n8801711000303; 8801711000304\n8801711000302,Bob";
  expect(typedRecipients(text)).toEqual([
    { to: "+8801711000301", fields: { first_name: "Ada", last_name: "Lovelace" } },
    { to: "8801711000302", fields: {} },
    { to: "8801711000303", fields: {} },
    { to: "8801711000304", fields: {} },
  ]);
});
