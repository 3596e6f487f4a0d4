/** A file that comes in pieces: each names the next in its header `Link`, and all but the first repeat the heading. */
import { raw } from "../api/client";
import { saveFile } from "./tables";

/** The address of the next piece, of `<…>; rel="next"`. */
export function nextOf(link: string | null): string | null {
  return /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1] ?? null;
}

export function withoutHeading(text: string): string {
  const end = text.indexOf("\n");
  return end < 0 ? "" : text.slice(end + 1);
}

/** Fetches every piece and saves them as one file; `told` hears how many lines there are. */
export async function saveWhole(path: string, name: string, told?: (lines: number) => void): Promise<void> {
  const pieces: string[] = [];
  let lines = -1; // the heading is none
  for (let next: string | null = path; next; ) {
    const reply: Response = await raw(next);
    const text = await reply.text();
    const piece = pieces.length === 0 ? text : withoutHeading(text);
    pieces.push(piece);
    lines += piece.split("\n").length - 1;
    told?.(Math.max(0, lines));
    next = nextOf(reply.headers.get("link"));
  }
  saveFile(name, new Blob(pieces, { type: "text/csv" }));
}
