/** Every movement of money, and what was used by country. */
import { Badge, Group, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api } from "../api/client";
import { done, Rows, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { utcDay, useWords } from "../parts/words";

export default function Ledger() {
  const { t } = useTranslation();
  const words = useWords();
  const [since, setSince] = useState(utcDay(6));
  const [until, setUntil] = useState(utcDay());
  const balance = $api.useQuery("get", "/v1/balance");
  const usage = $api.useQuery("get", "/v1/usage", { params: { query: { since, until } } });
  const pages = usePages(["ledger"], (before) => done(api.GET("/v1/ledger", { params: { query: { limit: 25, ...(before ? { before } : {}) } } })));
  return (
    <Page title={t("Ledger")} hint={t("Every movement of money; each transaction adds up to nothing.")}>
      <Panel>
        <Answer of={balance}>
          {(data) => (
            <Group gap="xl">
              {[[t("Available"), data.available], [t("Held for messages under way"), data.held], [t("Credit limit"), data.credit_limit]].map(([name, value]) => (
                <div key={name}><Text size="sm" c="dimmed">{name}</Text><Text fz={22} fw={650}>{words.money(value, data.currency)}</Text></div>
              ))}
            </Group>
          )}
        </Answer>
      </Panel>
      <Panel title={t("Use by country")}>
        <Group mb="sm">
          <TextInput type="date" label={t("Since")} value={since} onChange={(e) => setSince(e.currentTarget.value)} />
          <TextInput type="date" label={t("Until")} value={until} onChange={(e) => setUntil(e.currentTarget.value)} />
        </Group>
        <Answer of={usage}>
          {(data) => (
            <Rows label={t("Use by country")} rows={data.items} keyOf={(row) => row.country ?? "?"} empty={<Empty title={t("Nothing was used in these days")} />}
              columns={[
                { head: t("Country"), cell: (row) => words.country(row.country) },
                { head: t("Messages"), cell: (row) => words.number(row.messages), end: true },
                { head: t("Parts"), cell: (row) => words.number(row.parts), end: true, wide: true },
                { head: t("Cost"), cell: (row) => words.money(row.cost, data.currency), end: true },
              ]} />
          )}
        </Answer>
      </Panel>
      <Panel title={t("Entries")}>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows label={t("Entries")} rows={page.items} keyOf={(row) => row.id} empty={<Empty title={t("No money has moved yet")} />}
                columns={[
                  { head: t("When"), cell: (row) => <When at={row.at} /> },
                  { head: t("Purse"), cell: (row) => <Badge tt="none" variant="default">{t(row.purse)}</Badge>, wide: true },
                  { head: t("Why"), cell: (row) => row.why },
                  { head: t("Amount"), end: true, cell: (row) => <Text size="sm" style={{ fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" }}>{words.money(row.amount, row.currency)}</Text> },
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
