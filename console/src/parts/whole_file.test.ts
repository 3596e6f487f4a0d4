import { expect, test } from "vitest";
import { nextOf, withoutHeading } from "./whole_file";

test.each([
  ['</v1/broadcasts/brd_8/export?after=msg_1>; rel="next"', "/v1/broadcasts/brd_8/export?after=msg_1"],
  ['</v1/a>; rel="prev"', null],
  [null, null],
])("of %j the next piece is %j", (link, next) => {
  expect(nextOf(link)).toBe(next);
});

test("all pieces but the first leave their heading out", () => {
  expect(withoutHeading("id,to\r\n1,2\r\n")).toBe("1,2\r\n");
  expect(withoutHeading("id,to")).toBe("");
});
