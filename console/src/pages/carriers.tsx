/** The ways out of the house. */
import { Badge, Button, Code, NumberInput, SimpleGrid, Switch, TagsInput, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { done, Form, Remove, Rows } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { utcDay, useWords } from "../parts/words";
import { byCarrier } from "./overview";

type Carrier = Schemas["CarrierView"];

interface Edited {
  id?: string;
  body: Schemas["CarrierBody"];
  settings: string;
}

function bodyOf({ name, kind, enabled, per_second, window, channels, settings, rate_card }: Carrier): Schemas["CarrierBody"] {
  return { name, kind, enabled, per_second, window, channels, settings, ...(rate_card ? { rate_card } : {}) };
}

export default function Carriers() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Edited | null>(null);
  const list = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 100 } } }, { refetchInterval: 15_000 });
  const statistics = $api.useQuery("get", "/v1/routes/statistics", { params: { query: { since: utcDay(6), until: utcDay() } } });
  const fared = new Map(byCarrier(statistics.data?.items ?? []).map((each) => [each.carrier, each]));
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/carriers"] });
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
  const make = <Button leftSection={<PlusIcon />} onClick={() => setEdited({ body: { name: "", kind: "smpp", window: 10, per_second: 0, channels: ["sms"] }, settings: "{}" })}>{t("New carrier")}</Button>;
  const body = edited?.body;
  return (
    <Page title={t("Carriers")} hint={t("The ways out: who takes messages from here, how fast, and how that goes.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Carriers")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No carrier yet")} action={make}>{t("Without a carrier messages wait in the queue.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Button variant="transparent" p={0} onClick={() => setEdited({ id: row.id, body: bodyOf(row), settings: JSON.stringify(row.settings, null, 2) })}>{row.name}</Button> },
                { head: t("Kind"), cell: (row) => <Badge tt="none" variant="default">{row.kind}</Badge>, wide: true },
                { head: t("Channels"), cell: (row) => row.channels.join(", "), wide: true },
                { head: t("Window"), cell: (row) => words.number(row.window), end: true, wide: true },
                { head: t("A second"), cell: (row) => (row.per_second ? words.number(row.per_second) : t("as fast as it goes")), end: true, wide: true },
                { head: t("Delivered, 7 days"), cell: (row) => { const sum = fared.get(row.name) ?? fared.get(row.id); return words.share(sum?.sent ? sum.delivered / sum.sent : null); }, end: true, wide: true },
                { head: t("On"), cell: (row) => <Switch checked={row.enabled} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /> },
                { head: t("Actions"), end: true, cell: (row) => <Remove what={row.name} consequence={t("Routes that name it find another, or none.")} act={async () => { await done(api.DELETE("/v1/carriers/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
              ]} />
          )}
        </Answer>
      </Panel>
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
