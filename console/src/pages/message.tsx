/** One message: what was asked, what was decided, every try, every receipt, everyone who was told. */
import { Badge, Button, Code, Grid, Group, Stack, Table, Text, Timeline } from "@mantine/core";
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
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

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
          {waits && <Button variant="default" color="red" onClick={() => void cancel()}>{t("Cancel the message")}</Button>}
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

function Facts({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  const offered = useOffered();
  const words = useWords();
  const facts: [string, ReactNode][] = [
    [t("State"), <StateBadge key="s" state={message.status} />],
    [t("From"), message.from],
    [t("To"), offered("readHandset") ? <Link key="t" href={`/phone/${message.to}`}>+{message.to}</Link> : `+${message.to}`],
    [t("Country"), `${words.country(message.country)}${message.mcc ? ` · ${message.mcc}-${message.mnc ?? "?"}` : ""}`],
    [t("Kind"), t(message.class)],
    [t("Encoding"), `${message.encoding.toUpperCase()} · ${t("{{count}} part(s)", { count: message.parts })}`],
    [t("Price"), `${words.money(message.price)} · ${t(message.charge)}`],
    [t("Created"), <When key="c" at={message.created_at} />],
    ...(message.send_at ? ([[t("Send at"), <When key="a" at={message.send_at} />]] as [string, ReactNode][]) : []),
    [t("Valid until"), <When key="v" at={message.valid_until} />],
    ...(message.reason ? ([[t("Reason"), message.reason.replaceAll("_", " ")]] as [string, ReactNode][]) : []),
    ...(message.reference ? ([[t("Reference"), message.reference]] as [string, ReactNode][]) : []),
    [t("Id"), <Group key="i" gap={2} wrap="nowrap"><Code>{message.id}</Code><Copy value={message.id} /></Group>],
  ];
  return (
    <Panel>
      <div style={{ display: "flex", flexDirection: "column", marginBottom: 12 }}>
        <div className="bubble bubble-out">{message.text ?? t("The text is not kept any more.")}</div>
      </div>
      {message.test && <Badge color="grape" mb="xs">{t("test")}</Badge>}
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
    </Panel>
  );
}

interface Candidate {
  route: string;
  carrier: string;
  verdict: string;
}

function Way({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <Timeline active={message.trace.length} bulletSize={16} lineWidth={2}>
      {message.trace.map((event) => {
        const detail = (event.detail ?? {}) as Record<string, unknown>;
        const candidates = (detail["candidates"] as Candidate[] | undefined) ?? [];
        const ids = (detail["carrier_ids"] as string[] | undefined) ?? [];
        const raw = typeof detail["raw"] === "string" ? detail["raw"] : null;
        const known = new Set(["candidates", "carrier_ids", "raw", "route"]);
        const rest = Object.entries(detail).filter(([name]) => !known.has(name));
        return (
          <Timeline.Item key={event.id} title={<Group gap="xs"><StateBadge state={event.status} /><Text size="xs" c="dimmed">{words.clock(event.at)}</Text></Group>}>
            <Stack gap={4}>
              {event.reason && <Text size="sm">{event.reason.replaceAll("_", " ")}</Text>}
              {event.attempt ? <Text size="sm">{t("Attempt {{count}}", { count: event.attempt })}{event.part ? ` · ${t("part {{count}}", { count: event.part })}` : ""}</Text> : null}
              {candidates.map((each, i) => (
                <Text size="sm" key={i}>{t("Route")} <b>{each.route}</b> → <b>{each.carrier}</b>: {each.verdict.replaceAll("_", " ")}</Text>
              ))}
              {ids.length > 0 && <Text size="xs" c="dimmed">{t("The carrier's id")}: {ids.join(", ")}</Text>}
              {event.vendor_code && <Text size="xs" c="dimmed">{t("The carrier's code")}: {event.vendor_code}</Text>}
              {raw && <CodeBlock text={raw} label={t("Raw receipt")} />}
              {rest.length > 0 && <CodeBlock text={JSON.stringify(Object.fromEntries(rest), null, 1)} label={t("Details")} />}
            </Stack>
          </Timeline.Item>
        );
      })}
    </Timeline>
  );
}

function Told({ message }: { message: TraceView }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const replay = async (endpoint: string) => {
    try {
      const { count } = await done(api.POST("/v1/endpoints/{id}/replay", { params: { path: { id: endpoint } }, body: { message: message.id } }));
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
        { head: t("Answer"), cell: (row) => (row.status_code ? <Badge color={row.status_code < 300 ? "green" : "red"}>{row.status_code}</Badge> : <Text size="sm">{row.error}</Text>) },
        { head: t("Took"), cell: (row) => `${row.duration_ms} ms`, wide: true },
        { head: t("Again"), cell: (row) => (row.endpoint === "" ? null : <Button size="compact-xs" variant="default" leftSection={<ReloadIcon />} onClick={() => void replay(row.endpoint)}>{t("Replay")}</Button>) },
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
        { head: t("First click"), cell: (row) => <When at={row.first_clicked_at} /> },
      ]}
    />
  );
}
