/** The one way to the server: the native API, typed by its own description. */
import createFetch, { type Middleware } from "openapi-fetch";
import createHooks from "openapi-react-query";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

/** What a page holds of the session; never stored, so that closing the tab forgets it. */
export const held = { csrf: "", key: "" };

/** Headers of a request as whoever is signed in. */
export function signed(method: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (held.key) headers["Authorization"] = `Bearer ${held.key}`;
  else if (held.csrf && !["GET", "HEAD"].includes(method)) headers["X-CSRF-Token"] = held.csrf;
  return headers;
}

type Leaving = () => void;
let leaving: Leaving = () => undefined;

/** Called when the server says that nobody is signed in any more. */
export function onSignedOut(then: Leaving): void {
  leaving = then;
}

export function signedOut(): void {
  leaving();
}

const asSomebody: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(signed(request.method))) request.headers.set(name, value);
    return request;
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && !schemaPath.startsWith("/v1/session")) leaving();
    return response;
  },
  onError() {
    return new Error("unreachable");
  },
};

export const api = createFetch<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(asSomebody);
export const $api = createHooks(api);

/** For bodies that are no JSON, such as CSV. */
export async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  const method = init.method ?? "GET";
  const response = await fetch(path, {
    ...init,
    credentials: "same-origin",
    headers: { ...signed(method), ...(init.headers as Record<string, string> | undefined) },
  });
  if (response.status === 401) leaving();
  if (!response.ok) throw (await response.json().catch(() => new Error(response.statusText))) as Error;
  return response;
}

/** The sentence to show for anything thrown. */
export function sentence(error: unknown): string {
  if (typeof error === "object" && error !== null) {
    const problem = error as Partial<Problem> & { message?: string };
    if (problem.errors?.length && problem.errors[0]?.detail) return problem.errors[0].detail;
    return problem.detail ?? problem.title ?? problem.message ?? "unknown";
  }
  return String(error);
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
