/** Lists that come page by page: the cursor of each page gone through is kept, so that one can go back. */
import { Button, Group } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

interface PageOf<T> {
  items: T[];
  next?: string | null;
  /** Where a search stopped before it was at its end. */
  searched_to?: string | null;
}

export interface Pages<T> {
  data: PageOf<T> | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
  first: boolean;
  forward: (() => void) | null;
  back: () => void;
}

export function usePages<T>(key: unknown[], ask: (cursor: string | undefined) => Promise<PageOf<T>>, every?: number): Pages<T> {
  const [cursors, setCursors] = useState<string[]>([]);
  const written = JSON.stringify(key);
  useEffect(() => setCursors([]), [written]);
  const cursor = cursors.at(-1);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...key, cursor],
    queryFn: () => ask(cursor),
    placeholderData: keepPreviousData,
    refetchInterval: every,
  });
  const next = data?.next;
  return {
    data, error, isPending, refetch,
    first: cursors.length === 0,
    forward: next ? () => setCursors([...cursors, next]) : null,
    back: () => setCursors(cursors.slice(0, -1)),
  };
}

export function Pager<T>({ pages }: { pages: Pages<T> }) {
  const { t } = useTranslation();
  if (pages.first && !pages.forward) return null;
  return (
    <Group justify="flex-end" mt="sm">
      <Button variant="default" size="xs" disabled={pages.first} onClick={pages.back}>{t("Back")}</Button>
      <Button variant="default" size="xs" disabled={!pages.forward} onClick={() => pages.forward?.()}>{t("Further")}</Button>
    </Group>
  );
}
