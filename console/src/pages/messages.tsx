/** Every message of the account; one of them opens its trace. */
import { ActionIcon, Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { Cross2Icon, DownloadIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api, type Schemas } from "../api/client";
import { done, Rows, StateBadge, When } from "../parts/bits";
import { Pager, usePages } from "../parts/pager";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { momentIn, useWords, useZone } from "../parts/words";
import { saveTable } from "../parts/tables";
import { Trace } from "./message";

const STATES = ["scheduled", "queued", "sent", "delivered", "undelivered", "expired", "rejected", "failed", "cancelled"];
const EXPORTED = ["id", "created_at", "from", "to", "status", "reason", "class", "encoding", "parts", "price", "country", "carrier", "reference", "updated_at"] as const;
const MOST = 10_000;

export default function Messages({ id }: { id?: string }) {
  return id ? <Trace id={id} /> : <All />;
}

interface Filters {
  to: string;
  from: string;
  status: string | null;
  since: string;
  until: string;
  reference: string;
}

const NONE: Filters = { to: "", from: "", status: null, since: "", until: "", reference: "" };

function useAsked(filters: Filters) {
  const [zone] = useZone();
  return {
    ...(filters.to ? { to: filters.to.replace(/[^\d]/g, "") } : {}),
    ...(filters.from ? { from: filters.from } : {}),
    ...(filters.status ? { status: filters.status as "queued" } : {}),
    ...(filters.reference ? { reference: filters.reference } : {}),
    ...(filters.since ? { since: momentIn(zone, filters.since) } : {}),
    ...(filters.until ? { until: momentIn(zone, filters.until) } : {}),
  };
}

function All() {
  const { t } = useTranslation();
  const words = useWords();
  const [, go] = useLocation();
  const [filters, setFilters] = useState<Filters>(NONE);
  const [settled] = useDebouncedValue(filters, 300);
  const asked = useAsked(settled);
  const pages = usePages(["messages", asked], (before) =>
    done(api.GET("/v1/messages", { params: { query: { ...asked, limit: 25, ...(before ? { before } : {}) } } })),
  );
  const [saving, setSaving] = useState(0);
  const set = (change: Partial<Filters>) => setFilters({ ...filters, ...change });
  const filtered = JSON.stringify(filters) !== JSON.stringify(NONE);

  const save = async () => {
    const rows: Schemas["MessageView"][] = [];
    let before: string | undefined;
    do {
      const page = await done(api.GET("/v1/messages", { params: { query: { ...asked, limit: 100, ...(before ? { before } : {}) } } }));
      rows.push(...page.items);
      setSaving(rows.length);
      before = page.next ?? undefined;
    } while (before && rows.length < MOST);
    setSaving(0);
    saveTable("messages.csv", EXPORTED, rows);
  };

  return (
    <Page
      title={t("Messages")}
      hint={t("Newest first. Open one to see the way it took.")}
      actions={
        <Button variant="default" leftSection={<DownloadIcon />} disabled={saving > 0} onClick={() => void save().finally(() => setSaving(0))}>
          {saving ? t("{{count}} rows…", { count: saving }) : t("Export as CSV")}
        </Button>
      }
    >
      <Panel>
        <Group gap="sm" align="flex-end" mb="sm" role="search">
          <TextInput label={t("Recipient")} value={filters.to} onChange={(e) => set({ to: e.currentTarget.value })} flex="1 1 140px" />
          <TextInput label={t("Sender")} value={filters.from} onChange={(e) => set({ from: e.currentTarget.value })} flex="1 1 140px" />
          <Select label={t("State")} data={STATES.map((each) => ({ value: each, label: t(each) }))} value={filters.status} onChange={(status) => set({ status })} clearable clearButtonProps={{ "aria-label": t("Clear") }} flex="1 1 140px" />
          <TextInput label={t("Since")} type="datetime-local" value={filters.since} onChange={(e) => set({ since: e.currentTarget.value })} flex="1 1 190px" />
          <TextInput label={t("Until")} type="datetime-local" value={filters.until} onChange={(e) => set({ until: e.currentTarget.value })} flex="1 1 190px" />
          <TextInput label={t("Reference")} value={filters.reference} onChange={(e) => set({ reference: e.currentTarget.value })} flex="1 1 140px" />
          {filtered && <ActionIcon variant="default" size="lg" aria-label={t("Clear filters")} onClick={() => setFilters(NONE)}><Cross2Icon /></ActionIcon>}
        </Group>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows
                label={t("Messages")}
                rows={page.items}
                keyOf={(row) => row.id}
                onRow={(row) => go(`/messages/${row.id}`)}
                empty={
                  filtered ? (
                    <Empty title={t("No message fits")} action={<Button variant="default" onClick={() => setFilters(NONE)}>{t("Clear filters")}</Button>} />
                  ) : (
                    <Empty title={t("No messages yet")} action={<Button component={Link} href="/send">{t("Send the first")}</Button>} />
                  )
                }
                columns={[
                  { head: t("To"), cell: (row) => <Link href={`/messages/${row.id}`} onClick={(event) => event.stopPropagation()}>+{row.to}</Link> },
                  { head: t("From"), cell: (row) => row.from, wide: true },
                  { head: t("State"), cell: (row) => <StateBadge state={row.status} /> },
                  { head: t("Parts"), cell: (row) => words.number(row.parts), end: true, wide: true },
                  { head: t("Price"), cell: (row) => words.money(row.price), end: true, wide: true },
                  { head: t("Created"), cell: (row) => <When at={row.created_at} /> },
                ]}
              />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
