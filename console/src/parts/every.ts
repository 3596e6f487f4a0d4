/** All things of a kind, page after page: for choices, which are no choices when some are missing. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { api } from "../api/client";
import type { paths } from "../api/schema";
import { done } from "./bits";

type Listed =
  | "/v1/links" | "/v1/link-lists" | "/v1/spinners" | "/v1/senders" | "/v1/sender-lists" | "/v1/triggers" | "/v1/numbers"
  | "/v1/services" | "/v1/keywords" | "/v1/replies" | "/v1/templates" | "/v1/campaigns";
type ItemOf<P extends Listed> = paths[P]["get"]["responses"][200]["content"]["application/json"]["items"][number];

const PAGE = 100;
/** Nobody chooses among more. */
const MOST_PAGES = 20;

export function useEvery<P extends Listed>(path: P, enabled = true): UseQueryResult<{ items: ItemOf<P>[] }> {
  return useQuery({
    queryKey: ["get", path, "every"],
    enabled,
    queryFn: async () => {
      const items: ItemOf<P>[] = [];
      let after: string | undefined;
      for (let count = 0; count < MOST_PAGES; count++) {
        const page = await done(api.GET(path as "/v1/links", { params: { query: { limit: PAGE, ...(after ? { after } : {}) } } }));
        items.push(...(page.items as ItemOf<P>[]));
        if (!page.next) break;
        after = page.next;
      }
      return { items };
    },
  });
}
