/** What the API's description says of each operation, and a call of it as it is typed. */
import { held, signed } from "../api/client";

interface Described {
  paths: Record<string, Record<string, Method>>;
}
interface Method {
  operationId?: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: { name: string; in: "path" | "query" | "header"; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { examples?: Record<string, { value: unknown }> }> };
  responses?: Record<string, { content?: Record<string, unknown> }>;
}
interface Schema {
  type?: string;
  enum?: (string | number)[];
  examples?: unknown[];
  default?: unknown;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  tag: string;
  summary: string;
  description: string;
  parameters: { name: string; in: "path" | "query" | "header"; required: boolean; description: string; example: string; choices: string[]; boolean: boolean }[];
  /** Media types that the body may have, the preferred one first; none where there is no body. */
  media: string[];
  examples: Record<string, string>;
  /** The answer is a stream of events, without an end. */
  streams: boolean;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

export function operationsOf(document: Described): Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const found = methods[method];
      if (!found?.operationId) return [];
      const content = Object.entries(found.requestBody?.content ?? {});
      const examples = content.flatMap(([, each]) => Object.entries(each.examples ?? {}));
      const answers = Object.values(found.responses ?? {}).flatMap((each) => Object.keys(each.content ?? {}));
      return [{
        id: found.operationId, method: method.toUpperCase(), path, tag: found.tags?.[0] ?? "", summary: found.summary ?? "", description: found.description ?? "",
        parameters: (found.parameters ?? []).map(parameterOf),
        media: content.map(([name]) => name),
        examples: Object.fromEntries(examples.map(([name, each]) => [name, typeof each.value === "string" ? each.value : JSON.stringify(each.value, null, 2)])),
        streams: answers.includes("text/event-stream"),
      }];
    }),
  );
}

function parameterOf(each: NonNullable<Method["parameters"]>[number]): Operation["parameters"][number] {
  const shown = each.schema?.examples?.[0] ?? each.schema?.default;
  return {
    name: each.name, in: each.in, required: each.required ?? false, description: each.description ?? "",
    example: shown === undefined || shown === null ? "" : String(shown as string),
    choices: (each.schema?.enum ?? []).map(String),
    boolean: each.schema?.type === "boolean",
  };
}

export interface Asked {
  operation: Operation;
  values: Record<string, string>;
  media: string;
  body: string;
  /** Null asks as whoever is signed in. */
  key: string | null;
}

/** Path and query; fields that are empty are left out. */
export function urlOf({ operation, values }: Asked): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
  const query = new URLSearchParams();
  for (const each of operation.parameters) {
    const value = values[each.name];
    if (each.in === "query" && value) query.set(each.name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

function headersOf(asked: Asked): Record<string, string> {
  const { operation, values, media } = asked;
  const own = operation.parameters.filter((each) => each.in === "header" && values[each.name]);
  return {
    ...Object.fromEntries(own.map((each) => [each.name, values[each.name]!])),
    ...(operation.media.length ? { "Content-Type": media } : {}),
  };
}

export interface Told {
  asked: Asked;
  status: number;
  milliseconds: number;
  headers: [string, string][];
  body: string;
  /** Characters that are not shown. */
  cut: number;
}

const SHOWN = 50_000;
const HEADERS = ["content-type", "location", "link", "retry-after", "idempotent-replayed"];
const STREAM_MS = 3000;

/** Ask; throws only where nobody answers. */
export async function ask(asked: Asked): Promise<Told> {
  const { operation, key } = asked;
  const began = performance.now();
  const stop = new AbortController();
  const response = await fetch(urlOf(asked), {
    method: operation.method,
    headers: { ...headersOf(asked), ...(key === null ? signed(operation.method) : { Authorization: `Bearer ${key}` }) },
    body: operation.media.length ? asked.body : undefined,
    credentials: key === null ? "same-origin" : "omit",
    signal: stop.signal,
  });
  const milliseconds = performance.now() - began;
  const text = operation.streams && response.ok ? await firstOf(response, stop) : await response.text();
  // Some operations of the session change its token; the page would be refused everything with the old one.
  const fresh = /"csrf_token":\s*"([^"]+)"/.exec(text)?.[1];
  if (key === null && fresh) held.csrf = fresh;
  const whole = pretty(text, response.headers.get("content-type") ?? "");
  return {
    asked, milliseconds, status: response.status,
    headers: HEADERS.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name)!] as [string, string]] : [])),
    body: whole.slice(0, SHOWN),
    cut: Math.max(0, whole.length - SHOWN),
  };
}

async function firstOf(response: Response, stop: AbortController): Promise<string> {
  const timer = setTimeout(() => stop.abort(), STREAM_MS);
  let text = "";
  try {
    const reader = response.body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) text += next.value;
  } catch {
    if (!stop.signal.aborted) throw new Error("unreachable");
  } finally {
    clearTimeout(timer);
  }
  return text;
}

function pretty(text: string, type: string): string {
  if (!/json$/.test(type.split(";")[0]!.trim())) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The same call for a shell; a key is never written down here. */
export function asCurl(asked: Asked, origin: string): string {
  const { operation, body } = asked;
  const lines = [`curl -s ${operation.method === "GET" ? "" : `-X ${operation.method} `}${quoted(origin + urlOf(asked))}`, `-H "Authorization: Bearer $HELIOGRAPH_KEY"`];
  for (const [name, value] of Object.entries(headersOf(asked))) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (operation.streams) lines[0] = lines[0]!.replace("curl -s", "curl -sN");
  if (operation.media.length && body) lines.push(`--data-binary ${quoted(body)}`);
  return lines.join(" \\\n  ");
}
