/** Which carrier takes which message: the rules in their order, and a probe. */
import { Badge, Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, Text, TextInput } from "@mantine/core";
import { MagnifyingGlassIcon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { done, Form, Remove, Rows, StateBadge } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

type Body = Schemas["RouteBody"];

function bodyOf(row: Schemas["RouteView"]): Body {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== "id")) as unknown as Body;
}

export default function Routes() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<{ id?: string; body: Body } | null>(null);
  const list = $api.useQuery("get", "/v1/routes", { params: { query: { limit: 100 } } });
  const carriers = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/routes"] });
  const save = async () => {
    const { id, body } = edited!;
    if (id) await done(api.PUT("/v1/routes/{id}", { params: { path: { id } }, body }));
    else await done(api.POST("/v1/routes", { body }));
    await again();
  };
  const body = edited?.body;
  const set = (change: Partial<Body>) => setEdited({ ...edited, body: { ...edited!.body, ...change } });
  const names = (body?.targets ?? []).map((each) => each.carrier);
  const when = (row: Schemas["RouteView"]) =>
    [row.account, row.from && `${t("from")} ${row.from}`, row.prefix && `+${row.prefix}`, row.mcc && `${row.mcc}-${row.mnc ?? "*"}`, row.class && t(row.class)].filter(Boolean).join(" · ") || t("everything");
  const make = <Allowed to="createRoute"><Button leftSection={<PlusIcon />} onClick={() => setEdited({ body: { name: "", position: 100, enabled: true, targets: [] } })}>{t("New route")}</Button></Allowed>;
  return (
    <Page title={t("Routes")} hint={t("Looked through from the top; the first that fits and has a carrier takes the message.")} actions={make}>
      <Probe />
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Routes")} rows={[...data.items].sort((a, b) => a.position - b.position)} keyOf={(row) => row.id} empty={<Empty title={t("No route yet")} action={make}>{t("Without a route messages are refused.")}</Empty>}
              columns={[
                { head: t("Position"), cell: (row) => row.position },
                { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
                { head: t("Fits"), cell: when, wide: true },
                { head: t("Carriers"), cell: (row) => <Group gap={4}>{row.targets.map((each) => <Badge key={each.carrier} tt="none" variant="default">{each.carrier}{row.targets.length > 1 ? ` · ${each.priority}/${each.weight}` : ""}</Badge>)}</Group> },
                { head: t("State"), cell: (row) => <StateBadge state={row.enabled ? "active" : "paused"} />, wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Allowed to="changeRoute"><Button size="compact-xs" variant="default" onClick={() => setEdited({ id: row.id, body: bodyOf(row) })}>{t("Change")}</Button></Allowed>
                      <Remove needs="removeRoute" what={row.name} consequence={t("Messages take the next route that fits, or none.")} act={async () => { await done(api.DELETE("/v1/routes/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                    </Group>
                  ),
                },
              ]} />
          )}
        </Answer>
      </Panel>
      <Form title={edited?.id ? t("Change the route") : t("New route")} opened={edited !== null} close={() => setEdited(null)} save={save} size="lg">
        {body && (
          <Stack>
            <SimpleGrid cols={{ base: 1, sm: 2 }}>
              <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
              <NumberInput label={t("Position")} value={body.position ?? 100} onChange={(value) => set({ position: Number(value) })} />
              <TextInput label={t("Prefix")} placeholder="880" value={body.prefix ?? ""} onChange={(e) => set({ prefix: e.currentTarget.value || null })} />
              <TextInput label={t("Sender")} value={body.from ?? ""} onChange={(e) => set({ from: e.currentTarget.value || null })} />
              <TextInput label="MCC" value={body.mcc ?? ""} onChange={(e) => set({ mcc: e.currentTarget.value || null })} maxLength={3} />
              <TextInput label="MNC" value={body.mnc ?? ""} onChange={(e) => set({ mnc: e.currentTarget.value || null })} maxLength={3} />
              <Select label={t("Kind")} clearable data={["transactional", "promotional", "otp"].map((each) => ({ value: each, label: t(each) }))} value={body.class ?? null} onChange={(value) => set({ class: value as "otp" | null })} />
            </SimpleGrid>
            <TagsInput label={t("Carriers")} description={t("In the order in which they are tried.")} data={carriers.data?.items.map((each) => each.name) ?? []} value={names} onChange={(chosen) => set({ targets: chosen.map((carrier, priority) => body.targets?.find((each) => each.carrier === carrier) ?? { carrier, priority, weight: 1 }) })} />
            <Switch label={t("Switched on")} checked={body.enabled ?? true} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
          </Stack>
        )}
      </Form>
    </Page>
  );
}

/** Where would a message go? Asked of the same estimate that senders see; nothing is sent. */
function Probe() {
  const { t } = useTranslation();
  const words = useWords();
  const [to, setTo] = useState("+8801712345678");
  const [from, setFrom] = useState("Heliograph");
  const [kind, setKind] = useState<"transactional" | "promotional" | "otp">("transactional");
  const [found, setFound] = useState<Schemas["EstimatesView"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const carriers = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 100 } } });
  const names = new Map(carriers.data?.items.map((each) => [each.id, each.name]));
  const ask = async () => {
    setError(null);
    try {
      setFound(await done(api.POST("/v1/estimate", { body: { messages: [{ from, to, text: "?", class: kind }] } })));
    } catch (caught) {
      setError(caught);
    }
  };
  const item = found?.items[0];
  return (
    <Panel title={t("Where would this go?")}>
      <form onSubmit={(event) => { event.preventDefault(); void ask(); }}>
        <Group align="flex-end" role="search">
          <TextInput label={t("To")} value={to} onChange={(e) => setTo(e.currentTarget.value)} w={180} />
          <TextInput label={t("From")} value={from} onChange={(e) => setFrom(e.currentTarget.value)} w={150} />
          <Select label={t("Kind")} data={["transactional", "promotional", "otp"].map((each) => ({ value: each, label: t(each) }))} value={kind} onChange={(value) => value && setKind(value as "otp")} allowDeselect={false} w={170} />
          <Allowed to="estimate"><Button type="submit" variant="default" leftSection={<MagnifyingGlassIcon />}>{t("Look")}</Button></Allowed>
        </Group>
      </form>
      <Failure error={error} />
      {item && (
        <Group mt="sm" gap="xs" aria-live="polite">
          {item.errors.length > 0 ? item.errors.map((each) => <Badge key={each.code} color="red" tt="none" size="lg">{each.detail}</Badge>) : (
            <Text size="sm">
              {words.country(item.country)} {item.mcc ? `· ${item.mcc}-${item.mnc ?? "?"}` : ""} → <b>{item.carrier ? (names.get(item.carrier) ?? item.carrier) : t("no carrier")}</b> · {words.money(item.price, found.currency)}
            </Text>
          )}
        </Group>
      )}
    </Panel>
  );
}
