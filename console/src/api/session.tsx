/** Who is signed in, and what the API lets them do. */
import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { held, onSignedOut, type Schemas } from "./client";

export type Session = Schemas["SignedInView"];

export interface Refused {
  status: number;
  code: string;
  detail: string;
}

type State = "asking" | "out" | "code" | "in";

interface Signing {
  state: State;
  session: Session | null;
  /** Whether people sign in here, and not only programs. */
  peopled: boolean;
  /** Operations of the API that may be asked for here. */
  operations: ReadonlySet<string>;
  signIn: (email: string, password: string) => Promise<Refused | null>;
  /** The second factor: a code of the app, or a recovery code. */
  giveCode: (code: string) => Promise<Refused | null>;
  signInByKey: (key: string) => Promise<Refused | null>;
  signOut: () => Promise<void>;
  /** Takes over the session that some other request was answered with. */
  enter: (found: Session) => void;
}

const SessionContext = createContext<Signing | null>(null);

export function useSession(): Signing {
  const found = useContext(SessionContext);
  if (!found) throw new Error("no session around");
  return found;
}

/** Whether the server offers the operation, and this person's role allows it. */
export function useOffered(): (operation: string) => boolean {
  const { operations } = useSession();
  return (operation) => operations.has(operation);
}

async function ask(path: string, method = "GET", body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (held.csrf && method !== "GET") headers["X-CSRF-Token"] = held.csrf;
  return fetch(path, { method, headers, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
}

async function refused(response: Response): Promise<Refused> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Refused>;
  return { status: response.status, code: problem.code ?? "", detail: problem.detail ?? response.statusText };
}

/** What a key may be used for: a key says nothing of itself, so that the whole API's description is asked. */
async function describe(): Promise<ReadonlySet<string>> {
  const document = (await (await fetch("/openapi.json")).json()) as { paths: Record<string, Record<string, { operationId?: string }>> };
  const found = Object.values(document.paths).flatMap((path) => Object.values(path).map((each) => each.operationId ?? ""));
  return new Set(found);
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>("asking");
  const [session, setSession] = useState<Session | null>(null);
  const [operations, setOperations] = useState<ReadonlySet<string>>(new Set());
  const [peopled, setPeopled] = useState(true);
  const queries = useQueryClient();

  const leave = useCallback(() => {
    held.csrf = held.key = "";
    queries.clear();
    setSession(null);
    setState("out");
  }, [queries]);

  const enter = useCallback((found: Session) => {
    held.csrf = found.csrf_token ?? "";
    setSession(found);
    setOperations(new Set(found.may ?? []));
    setState(found.state === "second_factor" ? "code" : "in");
  }, []);

  const post = useCallback(
    async (path: string, body: unknown) => {
      const response = await ask(path, "POST", body);
      if (!response.ok) return refused(response);
      enter((await response.json()) as Session);
      return null;
    },
    [enter],
  );

  const refresh = useCallback(async () => {
    const response = await ask("/v1/session");
    setPeopled(response.status !== 404);
    if (response.ok) enter((await response.json()) as Session);
    else setState("out");
  }, [enter]);

  useEffect(() => {
    onSignedOut(leave);
    refresh().catch(() => setState("out"));
  }, [leave, refresh]);

  const signing = useMemo<Signing>(
    () => ({
      state,
      session,
      peopled,
      operations,
      enter,
      signIn: (email, password) => post("/v1/session", { email, password }),
      giveCode: (code) => post("/v1/session/second-factor", /^\d{6}$/.test(code) ? { code } : { recovery_code: code }),
      async signInByKey(key) {
        const response = await fetch("/v1/balance", { headers: { Authorization: `Bearer ${key}` }, credentials: "omit" });
        if (!response.ok) return refused(response);
        const described = await describe();
        held.key = key;
        enter({ state: "signed_in" });
        setOperations(described);
        return null;
      },
      async signOut() {
        if (!held.key) await ask("/v1/session", "DELETE").catch(() => undefined);
        // What was being written stays no longer than who wrote it; numbers may stand in it.
        for (const key of Object.keys(localStorage)) if (key.startsWith("heliograph.campaign.")) localStorage.removeItem(key);
        sessionStorage.clear();
        leave();
      },
    }),
    [state, session, peopled, operations, enter, post, leave],
  );
  return <SessionContext value={signing}>{children}</SessionContext>;
}
