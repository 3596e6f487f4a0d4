/** One message: what was asked, what was decided, every try, every receipt, everyone who was told. */
import { Alert, Badge, Button, Code, Grid, Group, Stack, Table, Text, Timeline } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, ReloadIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, api, sentence, type Schemas } from "../api/client";
import { useEvents } from "../api/events";
import { useOffered } from "../api/session";
import { CodeBlock, Copy, done, Rows, StateBadge, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { usePrice } from "../parts/price";
import { useWords } from "../parts/words";
import { CameAs, Checked } from "./message_received";

type TraceView = Schemas["TraceView"];

export function Trace({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const trace = $api.useQuery("get", "/v1/messages/{id}", { params: { path: { id } } });
  useEvents(({ data }) => {
    if (data.id === id) void trace.refetch();
  });
  const cancel = async () => {
    try {
      await done(api.POST("/v1/messages/{id}/cancel", { params: { path: { id } } }));
      await queries.invalidateQueries();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const waits = trace.data && ["scheduled", "queued"].includes(trace.data.status);
  return (
    <Page
      title={t("Message")}
      actions={
        <>
          {waits && <Allowed to="cancelMessage"><Button variant="default" color="red" onClick={() => void cancel()}>{t("Cancel the message")}</Button></Allowed>}
          <Button component={Link} href="/messages" variant="default" leftSection={<ArrowLeftIcon />}>{t("All messages")}</Button>
        </>
      }
    >
      <Answer of={trace}>
        {(message) => (
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 5 }}><Facts message={message} /></Grid.Col>
            <Grid.Col span={{ base: 12, md: 7 }}>
              <Stack>
                <Panel title={t("The request as it came")}><CameAs request={message.request} /></Panel>
                {(message.checks?.length ?? 0) > 0 && <Panel title={t("What was checked")}><Checked checks={message.checks ?? []} /></Panel>}
                <Panel title={t("Its way")}><Way message={message} /></Panel>
                <Panel title={t("Who was told")}><Told message={message} /></Panel>
                {(message.links?.length ?? 0) > 0 && <Panel title={t("Links in it")}><LinksIn message={message} /></Panel>}
              </Stack>
            </Grid.Col>
          </Grid>
        )}
      </Answer>
    </Page>
  );
}

type Fact = [string, ReactNode];

/** Names of carriers for whoever may see them; others know them by their ids. */
function useCarrier(): (id: string | null | undefined) => string {
  const may = useOffered()("listCarriers");
  const list = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 500 } } }, { enabled: may });
  return (id) => list.data?.items.find((each) => each.id === id)?.name ?? id ?? "–";
}

function Facts({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  const offered = useOffered();
  const words = useWords();
  const price = usePrice();
  const carrier = useCarrier();
  const asked: Fact[] = [
    [t("From"), message.from],
    [t("To"), offered("readHandset") ? <Link key="t" href={`/phone/${message.to}`}>+{message.to}</Link> : `+${message.to}`],
    [t("API"), message.dialect ?? "native"],
    [t("Kind"), t(message.class)],
    ...some(t("Channel"), message.channel !== "sms" && message.channel),
    ...some(t("Media"), message.media_url),
    ...some(t("Language"), message.language),
    ...some(t("Octets"), message.body_hex && <Code>{message.body_hex}</Code>),
    ...some(t("Header (UDH)"), message.udh_hex && <Code>{message.udh_hex}</Code>),
    ...some(t("Flash"), message.flash && t("yes")),
    ...some(t("Priority"), message.priority ? words.number(message.priority) : null),
    ...some(t("Send at"), message.send_at && <When at={message.send_at} />),
    [t("Valid until"), <When key="v" at={message.valid_until} />],
    ...some(t("Reference"), message.reference),
    [t("Created"), <When key="c" at={message.created_at} />],
  ];
  const decided: Fact[] = [
    [t("State"), <StateBadge key="s" state={message.status} />],
    ...some(t("Reason"), message.reason && `${message.reason.replaceAll("_", " ")}${message.reason_code ? ` (${message.reason_code})` : ""}`),
    ...some(t("The carrier's code"), message.vendor_code),
    [t("Country"), `${words.country(message.country)}${message.mcc ? ` · ${message.mcc}-${message.mnc ?? "?"}` : ""}`],
    [t("Encoding"), `${message.encoding.toUpperCase()} · ${t("{{count}} part(s)", { count: message.parts })}`],
    [t("Price"), `${price(message.price)} · ${t(message.charge)}`],
    [t("Carrier"), carrier(message.carrier)],
    [t("Attempts"), words.number(message.attempts ?? 0)],
    [t("Changed"), <When key="u" at={message.updated_at} />],
    [t("Id"), <Group key="i" gap={2} wrap="nowrap"><Code>{message.id}</Code><Copy value={message.id} /></Group>],
    ...some(t("Submission"), message.submission.slice(4) !== message.id.slice(4) && <Group gap={2} wrap="nowrap"><Code>{message.submission}</Code><Copy value={message.submission} /></Group>),
  ];
  return (
    <Stack>
      <Panel title={t("What became of it")}><Listed facts={decided} /></Panel>
      <Panel title={t("What was asked")}>
        <div style={{ display: "flex", flexDirection: "column", marginBottom: 12 }}>
          <div className="bubble bubble-out">{message.text || (message.body_hex ? t("Octets, not text") : t("The text is not kept any more."))}</div>
        </div>
        {message.test && <Alert color="grape" variant="light" p="xs" mb="xs">{t("Test: no carrier had it, and it cost nothing.")}</Alert>}
        <Listed facts={asked} />
      </Panel>
    </Stack>
  );
}

function some(name: string, value: ReactNode): Fact[] {
  return value ? [[name, value]] : [];
}

function Listed({ facts }: { facts: Fact[] }) {
  return (
    <Table variant="vertical" layout="auto">
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th fw={500} c="dimmed" w={120}>{name}</Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface Candidate {
  route: string;
  carrier: string;
  verdict: string;
}

/** What the trace keeps of an event; anything else is shown as it is. */
interface Detail {
  candidates?: Candidate[];
  carrier_ids?: string[];
  raw?: string;
  said?: string;
  why?: string;
  route?: number;
}

function Way({ message }: { message: TraceView }) {
  return (
    <Timeline active={message.trace.length} bulletSize={16} lineWidth={2}>
      {message.trace.map((event) => <Timeline.Item key={event.id} title={<Happened event={event} />}><Detailed event={event} /></Timeline.Item>)}
    </Timeline>
  );
}

/** Receipts in SMPP's usual form know no seconds; they are not shown as if they did. */
function toTheMinute(at: string): boolean {
  return /:00(\.0+)?(Z|\+00:00)$/.test(at);
}

/** A receipt and an attempt need not change where the message stands. */
function Happened({ event }: { event: Schemas["EventView"] }) {
  const { t } = useTranslation();
  const words = useWords();
  const detail = (event.detail ?? {}) as Detail;
  return (
    <Group gap="xs">
      {event.kind === "receipt" ? <Badge variant="outline" color="gray" tt="none">{t("receipt")}</Badge> : event.kind === "attempt" ? <Badge variant="outline" color="yellow" tt="none">{t("attempt in vain")}</Badge> : <StateBadge state={event.status} />}
      {event.kind === "receipt" && detail.said && <Text size="sm" fw={400}>{t("says {{state}}", { state: t(detail.said) })}</Text>}
      {event.part ? <Text size="sm" fw={400}>{t("part {{count}}", { count: event.part })}</Text> : null}
      <Text size="xs" c="dimmed">{toTheMinute(event.at) ? words.minute(event.at) : words.clock(event.at)}</Text>
    </Group>
  );
}

function Detailed({ event }: { event: Schemas["EventView"] }) {
  const { t } = useTranslation();
  const carrier = useCarrier();
  const { candidates = [], carrier_ids: ids = [], raw, said, why, route, ...rest } = (event.detail ?? {}) as Detail & Record<string, unknown>;
  const others = Object.keys(rest).length > 0;
  return (
    <Stack gap={4}>
      {event.reason && <Text size="sm">{event.reason.replaceAll("_", " ")}</Text>}
      {why && <Text size="sm">{why}</Text>}
      {event.attempt ? <Text size="sm">{t("Attempt {{count}}", { count: event.attempt })}{event.carrier ? ` · ${carrier(event.carrier)}` : ""}</Text> : null}
      {candidates.map((each, i) => (
        <Text size="sm" key={i}>{t("Route")} <b>{each.route}</b> → <b>{each.carrier}</b>: {t(each.verdict).replaceAll("_", " ")}</Text>
      ))}
      {route !== undefined && candidates.length === 0 && <Text size="sm">{t("Route")} rte_{route}</Text>}
      {ids.length > 0 && <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{t("The carrier's id")}: {ids.join(", ")}</Text>}
      {event.vendor_code && <Text size="xs" c="dimmed">{t("The carrier's code")}: {event.vendor_code}</Text>}
      {said && event.kind !== "receipt" && <Text size="xs" c="dimmed">{t("The receipt says {{state}}", { state: t(said) })}</Text>}
      {raw && <CodeBlock text={raw} label={t("Raw receipt")} />}
      {others && <CodeBlock text={JSON.stringify(rest, null, 1)} label={t("Details")} />}
    </Stack>
  );
}

function Told({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const types = new Map(message.trace.map((each) => [each.id, each.type]));
  const replay = async (endpoint: string, event: string) => {
    try {
      const { count } = await done(api.POST("/v1/endpoints/{id}/replay", { params: { path: { id: endpoint } }, body: { message: message.id, event } }));
      notifications.show({ color: "green", message: t("{{count}} event(s) are told again", { count }) });
      await queries.invalidateQueries();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Rows
      label={t("Who was told")}
      rows={message.deliveries}
      keyOf={(row) => row.id}
      empty={<Empty title={t("Nobody was told")} action={<Link href="/webhooks">{t("Webhooks")}</Link>}>{t("No webhook endpoint wanted these events.")}</Empty>}
      columns={[
        { head: t("When"), cell: (row) => <When at={row.at} /> },
        { head: t("Event"), cell: (row) => <Link href={`/webhooks/${row.endpoint}`}>{types.get(row.event)?.replace("message.", "") ?? row.event}</Link> },
        { head: t("Answer"), cell: (row) => (row.status_code ? <Badge color={row.status_code < 300 ? "green" : "red"}>{row.status_code}</Badge> : <Text size="sm">{row.error}</Text>) },
        { head: t("Took"), cell: (row) => `${row.duration_ms} ms`, wide: true },
        { head: t("Again"), cell: (row) => (row.endpoint === "" ? null : <Allowed to="replay"><Button size="compact-xs" variant="default" leftSection={<ReloadIcon />} onClick={() => void replay(row.endpoint, row.event)}>{t("Replay")}</Button></Allowed>) },
      ]}
    />
  );
}

function LinksIn({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  return (
    <Rows
      label={t("Links in it")}
      rows={message.links ?? []}
      keyOf={(row) => row.code}
      empty={null}
      columns={[
        { head: t("Code"), cell: (row) => <a href={`/l/${row.code}`} target="_blank" rel="noreferrer">/l/{row.code}</a> },
        { head: t("Clicks"), cell: (row) => row.clicks ?? 0, end: true },
        { head: t("Visitors"), cell: (row) => row.visitors ?? 0, end: true, wide: true },
        { head: t("First click"), cell: (row) => <When at={row.first_clicked_at} /> },
        { head: t("Converted"), cell: (row) => <When at={row.converted_at} />, wide: true },
      ]}
    />
  );
}
