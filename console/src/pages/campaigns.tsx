/** Broadcasts under their campaigns: what there is and how far it is; and the triggers that release some. */
import { Button, Group, Progress, Select, Switch, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { Copy, done, Remove, Rows, StateBadge, When } from "../parts/bits";
import { TriggerForm } from "../parts/makers";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";
import { Report } from "./campaign_report";
import { progressOf, shareOf, sumsOf } from "./campaign_sums";
import { Wizard } from "./campaign_wizard";

const STATES = ["waiting", "running", "paused", "open", "finished", "cancelled"] as const;
const PAGE = 25;

export default function Campaigns({ id }: { id?: string }) {
  if (id === "new") return <Wizard />;
  return id ? <Report id={id} /> : <All />;
}

function All() {
  const { t } = useTranslation();
  const may = useOffered();
  const make = <Allowed to="startBroadcast"><Button component={Link} href="/campaigns/new" leftSection={<PlusIcon />}>{t("New campaign")}</Button></Allowed>;
  return (
    <Page title={t("Campaigns")} hint={t("One text to many recipients, each with words and links of their own.")} actions={make}>
      <Tabs defaultValue="campaigns" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="campaigns">{t("Campaigns")}</Tabs.Tab>
          {may("listTriggers") && <Tabs.Tab value="triggers">{t("Triggers")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="campaigns"><Broadcasts make={make} /></Tabs.Panel>
        <Tabs.Panel value="triggers"><Triggers /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Broadcasts({ make }: { make: React.ReactNode }) {
  const { t } = useTranslation();
  const words = useWords();
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [state, setState] = useState<string | null>(null);
  const [start, setStart] = useState(0);
  const [wanted] = useDebouncedValue(name.trim(), 300);
  const query = { limit: PAGE, start, ...(wanted ? { name: wanted } : {}), ...(state ? { state: state as "running" } : {}) };
  const list = $api.useQuery("get", "/v1/broadcasts", { params: { query } }, { refetchInterval: 5000, placeholderData: (before) => before });
  const asked = Boolean(wanted || state);
  return (
    <Panel>
      <Group mb="sm" role="search" align="flex-end">
        <TextInput label={t("Name has")} value={name} onChange={(e) => { setName(e.currentTarget.value); setStart(0); }} w={220} />
        <Select label={t("State")} data={STATES.map((each) => ({ value: each, label: t(each) }))} value={state} onChange={(value) => { setState(value); setStart(0); }} clearable clearButtonProps={{ "aria-label": t("Clear") }} w={160} />
      </Group>
      <Answer of={list}>
        {(data) => (
          <>
            <Rows label={t("Campaigns")} rows={data.items} keyOf={(row) => row.id} onRow={(row) => go(`/campaigns/${row.id}`)}
              empty={asked ? <Empty title={t("Nothing fits")} /> : <Empty title={t("No campaign yet")} action={make}>{t("Import a list first, then write to it.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Link href={`/campaigns/${row.id}`}>{row.name || row.id}</Link> },
                { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
                { head: t("Progress"), cell: (row) => <Progress value={100 * progressOf(row)} w={110} aria-label={t("Progress of {{name}}", { name: row.name || row.id })} /> },
                { head: t("Recipients"), cell: (row) => words.number(row.recipients), end: true, wide: true },
                { head: t("Delivered"), cell: (row) => { const sums = sumsOf(row.segments); return words.share(shareOf(sums.delivered, sums.messages)); }, end: true, wide: true },
                { head: t("Clicked"), cell: (row) => { const sums = sumsOf(row.segments); return words.share(shareOf(sums.clicked, sums.messages)); }, end: true, wide: true },
                { head: t("Created"), cell: (row) => <When at={row.created_at} />, wide: true },
              ]} />
            {(start > 0 || data.more) && (
              <Group justify="flex-end" mt="sm">
                <Button variant="default" size="xs" disabled={start === 0} onClick={() => setStart(Math.max(0, start - PAGE))}>{t("Back")}</Button>
                <Button variant="default" size="xs" disabled={!data.more} onClick={() => setStart(start + PAGE)}>{t("Further")}</Button>
              </Group>
            )}
          </>
        )}
      </Answer>
    </Panel>
  );
}

function Triggers() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Partial<Schemas["TriggerView"]> | null>(null);
  const list = $api.useQuery("get", "/v1/triggers", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/triggers"] });
  const toggle = async (row: Schemas["TriggerView"]) => {
    try {
      await done(api.PUT("/v1/triggers/{id}", { params: { path: { id: row.id } }, body: { name: row.name, enabled: !row.enabled } }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const make = <Allowed to="createTrigger"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New trigger")}</Button></Allowed>;
  return (
    <Panel title={t("Triggers")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Triggers")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("No trigger yet")} action={make}>{t("A trigger has an address. Whoever calls it releases the campaigns that wait for it.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("Address"), cell: (row) => (row.url ? <Group gap={2} wrap="nowrap"><Text size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>{row.url}</Text><Copy value={row.url} label={t("Copy the address")} /></Group> : "–") },
              { head: t("On"), cell: (row) => <Allowed to="changeTrigger" input><Switch checked={row.enabled} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /></Allowed>, wide: true },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeTrigger"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeTrigger" what={row.name} consequence={t("What waits for it waits for ever, unless it is cancelled.")} act={async () => { await done(api.DELETE("/v1/triggers/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <TriggerForm edited={edited} close={() => setEdited(null)} />
    </Panel>
  );
}
