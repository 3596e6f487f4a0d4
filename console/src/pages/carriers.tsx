/** The ways out of the house. */
import { Badge, Button, Code, NumberInput, SimpleGrid, Stack, Switch, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { done, Form, Remove, Rows, StateBadge } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { utcDay, useWords } from "../parts/words";
import { Connections, Filled } from "./carrier_states";

type Carrier = Schemas["CarrierView"];

interface Edited {
  id?: string;
  body: Schemas["CarrierBody"];
  settings: string;
}

function bodyOf({ name, kind, enabled, per_second, window, channels, settings, rate_card }: Carrier): Schemas["CarrierBody"] {
  return { name, kind, enabled, per_second, window, channels, settings, ...(rate_card ? { rate_card } : {}) };
}

/** Of the processes that have it, the one that waits longest for an answer. */
function slowest(state: Schemas["CarrierStateView"] | undefined): number | null {
  const known = (state?.processes ?? []).flatMap((each) => (each.latency_ms == null ? [] : [each.latency_ms]));
  return known.length ? Math.max(...known) : null;
}

/** Delivered of those whose end is known, by carrier. */
function sharesOf(lines: Schemas["RouteStatisticView"][]): Map<string, number> {
  const sums = new Map<string, { delivered: number; ended: number }>();
  for (const line of lines) {
    if (!line.carrier) continue;
    const sum = sums.get(line.carrier) ?? { delivered: 0, ended: 0 };
    sum.delivered += line.delivered;
    sum.ended += line.delivered + line.undelivered + line.expired + line.rejected + line.failed;
    sums.set(line.carrier, sum);
  }
  return new Map([...sums].filter(([, sum]) => sum.ended).map(([name, sum]) => [name, sum.delivered / sum.ended]));
}

export default function Carriers() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Edited | null>(null);
  const list = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 100 } } }, { refetchInterval: 15_000 });
  const statistics = $api.useQuery("get", "/v1/routes/statistics", { params: { query: { since: utcDay(6), until: utcDay() } } });
  const states = $api.useQuery("get", "/v1/carriers/states", {}, { refetchInterval: 3_000 });
  const shares = sharesOf(statistics.data?.items ?? []);
  const standing = new Map(states.data?.items.map((each) => [each.carrier, each]));
  const again = () => queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith("/v1/carriers") });
  const toggle = async (row: Carrier) => {
    try {
      await done(api.PUT("/v1/carriers/{id}", { params: { path: { id: row.id } }, body: { ...bodyOf(row), enabled: !row.enabled } }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const save = async () => {
    const body = { ...edited!.body, settings: JSON.parse(edited!.settings || "{}") as Record<string, string> };
    if (edited!.id) await done(api.PUT("/v1/carriers/{id}", { params: { path: { id: edited!.id } }, body }));
    else await done(api.POST("/v1/carriers", { body }));
    await again();
  };
  const set = (change: Partial<Schemas["CarrierBody"]>) => setEdited({ ...edited!, body: { ...edited!.body, ...change } });
  const make = <Allowed to="createCarrier"><Button leftSection={<PlusIcon />} onClick={() => setEdited({ body: { name: "", kind: "smpp", window: 10, per_second: 0, channels: ["sms"] }, settings: "{}" })}>{t("New carrier")}</Button></Allowed>;
  const body = edited?.body;
  return (
    <Page title={t("Carriers")} hint={t("The ways out: who takes messages from here, how fast, and how that goes.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Carriers")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No carrier yet")} action={make}>{t("Without a carrier messages wait in the queue.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Stack gap={2} align="flex-start"><Allowed to="changeCarrier"><Button variant="transparent" p={0} h="auto" onClick={() => setEdited({ id: row.id, body: bodyOf(row), settings: JSON.stringify(row.settings, null, 2) })}>{row.name}</Button></Allowed><StateBadge state={standing.get(row.id)?.state ?? "unknown"} /></Stack> },
                { head: t("Kind"), cell: (row) => <><Badge tt="none" variant="default">{row.kind}</Badge>{row.channels.join() !== "sms" && <Text size="xs" c="dimmed">{row.channels.join(", ")}</Text>}</>, wide: true },
                { head: t("Waiting"), cell: (row) => words.number(standing.get(row.id)?.waiting ?? 0), end: true, wide: true },
                { head: t("Window in use"), cell: (row) => <Filled used={standing.get(row.id)?.under_way ?? 0} size={standing.get(row.id)?.window || row.window} />, end: true, wide: true },
                { head: t("Sent a second"), cell: (row) => <>{words.number(standing.get(row.id)?.submitted_per_second ?? 0)}<Text size="xs" c="dimmed">{row.per_second ? t("at most {{number}}", { number: words.number(row.per_second) }) : t("no limit")}</Text></>, end: true, wide: true },
                { head: t("Answers in"), cell: (row) => words.span(slowest(standing.get(row.id))), end: true, wide: true },
                { head: t("Delivered, 7 days"), cell: (row) => words.share(shares.get(row.id)), end: true, wide: true },
                { head: t("On"), cell: (row) => <Allowed to="changeCarrier" input><Switch checked={row.enabled} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /></Allowed> },
                { head: t("Actions"), end: true, cell: (row) => <Remove needs="removeCarrier" what={row.name} consequence={t("Routes that name it find another, or none.")} act={async () => { await done(api.DELETE("/v1/carriers/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
              ]} />
          )}
        </Answer>
      </Panel>
      <Answer of={states}>{(data) => <Connections states={data.items} />}</Answer>
      <Form title={edited?.id ? t("Change the carrier") : t("New carrier")} opened={edited !== null} close={() => setEdited(null)} save={save} size="lg">
        {body && (
          <>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
              <TextInput label={t("Kind")} description="smpp, simulated, http" value={body.kind} onChange={(e) => set({ kind: e.currentTarget.value })} required />
              <NumberInput label={t("Window")} min={1} value={body.window ?? 10} onChange={(value) => set({ window: Number(value) })} />
              <NumberInput label={t("A second")} description={t("0: as fast as it goes")} min={0} value={body.per_second ?? 0} onChange={(value) => set({ per_second: Number(value) })} />
            </SimpleGrid>
            <TagsInput label={t("Channels")} data={["sms", "voice", "mms", "whatsapp"]} value={body.channels ?? []} onChange={(channels) => set({ channels })} />
            <Textarea label={t("Settings")} description={<>JSON, <Code>{'{"host": "smsc.example", "port": "2775", "system_id": "…"}'}</Code></>} autosize minRows={4} ff="monospace" value={edited.settings} onChange={(e) => setEdited({ ...edited, settings: e.currentTarget.value })} />
          </>
        )}
      </Form>
    </Page>
  );
}
