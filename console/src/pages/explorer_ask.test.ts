import { expect, test } from "vitest";
import { asCurl, operationsOf, urlOf, type Asked } from "./explorer_ask";

const [find, send] = operationsOf({
  paths: {
    "/v1/messages/{id}": { get: { operationId: "findMessage", parameters: [{ name: "id", in: "path", required: true }, { name: "limit", in: "query", schema: { default: 50 } }] } },
    "/v1/messages": { post: { operationId: "sendMessage", requestBody: { content: { "application/json": { examples: { one: { value: { to: "1" } } } } } } } },
  },
});
const asked = (operation = find!, values: Record<string, string> = {}, body = ""): Asked => ({ operation, values, media: "application/json", body, key: "hg_live_secret" });

test("the description tells what is asked for and how it begins", () => {
  expect([find!.method, find!.parameters[1]!.example, find!.media]).toEqual(["GET", "50", []]);
  expect([send!.method, send!.examples["one"]]).toEqual(["POST", '{\n  "to": "1"\n}']);
});

test("what is typed cannot leave its place in the address", () => {
  expect(urlOf(asked(find, { id: "../rates?x=1", limit: "" }))).toBe("/v1/messages/..%2Frates%3Fx%3D1");
  expect(urlOf(asked(find, { id: "a", limit: "5&x" }))).toBe("/v1/messages/a?limit=5%26x");
});

test("a line for the shell is quoted and holds no key", () => {
  const line = asCurl(asked(send, {}, `{"text": "it's"}`), "http://x");
  expect(line).toContain(`--data-binary '{"text": "it'\\''s"}'`);
  expect(line).not.toContain("hg_live_secret");
});
