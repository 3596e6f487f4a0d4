/** The event stream, read by fetch: `EventSource` sends no headers, and tells nothing of a refusal. */
import { useEffect, useRef, useState } from "react";
import { signed, signedOut, type Schemas } from "./client";

export interface Happening {
  id: string;
  type: string;
  timestamp: string;
  data: Partial<Schemas["EventData"]> & Partial<Schemas["InboundData"]>;
}

const PAUSE_MS = [1000, 2000, 5000, 10_000];

/** Calls `heard` for each event until `signal` ends it; comes back after a break and asks for what it missed. */
export async function listen(
  heard: (happening: Happening) => void,
  connected: (yes: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let last = "";
  let tries = 0;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { ...signed("GET"), Accept: "text/event-stream" };
      if (last) headers["Last-Event-ID"] = last;
      const response = await fetch("/v1/events", { headers, signal, credentials: "same-origin" });
      if (response.status === 401) signedOut();
      if (!response.ok || !response.body) throw new Error(response.statusText);
      connected(true);
      tries = 0;
      for await (const block of blocks(response.body)) {
        const happening = parse(block);
        if (!happening) continue;
        last = happening.id;
        heard(happening);
      }
    } catch {
      if (signal.aborted) return;
    }
    connected(false);
    const pause = PAUSE_MS[Math.min(tries++, PAUSE_MS.length - 1)];
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function* blocks(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n\n");
      rest = parts.pop() ?? "";
      yield* parts;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** One block of the stream; null for comments and pauses. */
export function parse(block: string): Happening | null {
  let id = "";
  let data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) id = line.slice(3).trim();
    if (line.startsWith("data:")) data += line.slice(5).trim();
  }
  if (!data) return null;
  return { ...(JSON.parse(data) as Omit<Happening, "id">), id };
}

/** Listens while the component is there and it is `wanted`; says whether the line is up. */
export function useEvents(heard: (happening: Happening) => void, wanted = true): boolean {
  const [up, setUp] = useState(false);
  const latest = useRef(heard);
  useEffect(() => {
    latest.current = heard;
  });
  useEffect(() => {
    if (!wanted) return;
    const stop = new AbortController();
    void listen((each) => latest.current(each), setUp, stop.signal);
    return () => stop.abort();
  }, [wanted]);
  return up;
}
