/** Recipients from a list: a short one is put among the numbers, a long one is a campaign's. */
import { Alert, Button, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, api } from "../api/client";
import { useOffered } from "../api/session";
import { done } from "../parts/bits";
import { Failure } from "../parts/page";
import { useWords } from "../parts/words";

/** More than this is no longer looked over by anybody. */
const MOST = 1000;

export function FromList({ add }: { add: (numbers: string[]) => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const offered = useOffered();
  const [long, setLong] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const lists = $api.useQuery("get", "/v1/lists", { params: { query: { limit: 100 } } });
  const found = lists.data?.items ?? [];
  if (found.length === 0) return null;
  const take = async (id: string) => {
    const list = found.find((each) => each.id === id);
    if (!list) return;
    setError(null);
    setLong(list.count > MOST ? list.name : null);
    if (list.count > MOST) return;
    try {
      const page = await done(api.GET("/v1/lists/{id}/members", { params: { path: { id }, query: { limit: MOST } } }));
      add(page.items.map((each) => `+${each.to}`));
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Stack gap="xs">
      <Select
        label={t("Add the numbers of a list")}
        placeholder={t("None")}
        data={found.map((each) => ({ value: each.id, label: `${each.name} · ${words.number(each.count)}` }))}
        value={null}
        onChange={(value) => value && void take(value)}
        searchable
      />
      {long && (
        <Alert color="blue" variant="light" title={t("“{{name}}” is long", { name: long })}>
          <Text size="sm" mb="xs">{t("More than {{count}} numbers are better sent as a campaign: with an estimate, a pause button and a report.", { count: MOST })}</Text>
          {offered("startBroadcast") && <Button size="xs" component={Link} href="/campaigns/new">{t("New campaign")}</Button>}
        </Alert>
      )}
      <Failure error={error} />
    </Stack>
  );
}
