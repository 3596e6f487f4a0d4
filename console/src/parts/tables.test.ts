import { expect, test } from "vitest";
import { cell, csvLine, readTable } from "./tables";

test.each([
  ["to,name\n1,Ada\r\n2,Bob\n", [["to", "name"], ["1", "Ada"], ["2", "Bob"]]],
  ["\ufeffa;b\n1,5;2\n", [["a", "b"], ["1,5", "2"]]],
  ['a\tb\n"x\ty"\t"say ""hi"""\n', [["a", "b"], ["x\ty", 'say "hi"']]],
  ['a,b\n"two\nlines",c\n\n , \n', [["a", "b"], ["two\nlines", "c"]]],
])("%j is read as a table", (text, rows) => {
  expect(readTable(text)).toEqual(rows);
});

test("no more rows are read than asked for", () => {
  expect(readTable("a\nb\nc\n", 2)).toEqual([["a"], ["b"]]);
});

test.each([
  ["=1+1", "'=1+1"],
  ["@cmd", "'@cmd"],
  ["-0.5", "-0.5"],
  ["+8801712345678", "+8801712345678"],
  ['a "b", c', '"a ""b"", c"'],
  [null, ""],
])("%j becomes the cell %j", (value, written) => {
  expect(cell(value)).toBe(written);
});

test("what a program reads is quoted where it must be, and otherwise as it is", () => {
  const values = ["+8801711000301", 'Ada "A", L', "=x", ""];
  expect(csvLine(values)).toBe('+8801711000301,"Ada ""A"", L",=x,');
  expect(readTable(csvLine(values))).toEqual([values]);
});
