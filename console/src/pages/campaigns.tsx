/** Broadcasts under their campaigns: what runs, and how far it is. */
import { DonutChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Badge, Button, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, DownloadIcon, PauseIcon, PlusIcon, ResumeIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, raw, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { saveFile } from "../parts/tables";
import { useWords } from "../parts/words";
import { Wizard } from "./campaign_wizard";

type Broadcast = Schemas["BroadcastView"];
const UNDER_WAY = new Set(["waiting", "running", "open"]);

export default function Campaigns({ id }: { id?: string }) {
  if (id === "new") return <Wizard />;
  return id ? <Report id={id} /> : <All />;
}

interface Sums {
  messages: number;
  ended: number;
  delivered: number;
  skipped: number;
  clicks: number;
  clicked: number;
  charged: number;
  statuses: Record<string, number>;
}

const ENDS = new Set(["delivered", "undelivered", "expired", "rejected", "failed", "cancelled"]);

/** All segments together. */
export function sumsOf(broadcast: Broadcast): Sums {
  const all: Sums = { messages: 0, ended: 0, delivered: 0, skipped: 0, clicks: 0, clicked: 0, charged: 0, statuses: {} };
  for (const { sums } of broadcast.segments) {
    for (const [status, count] of Object.entries(sums.statuses)) {
      all.statuses[status] = (all.statuses[status] ?? 0) + count;
      all.messages += count;
      if (ENDS.has(status)) all.ended += count;
      if (status === "delivered") all.delivered += count;
    }
    all.skipped += Object.values(sums.skipped).reduce((sum, count) => sum + count, 0);
    all.clicks += sums.clicks;
    all.clicked += sums.clicked;
    all.charged += Number(sums.charged);
  }
  return all;
}

function share(broadcast: Broadcast): number {
  const { ended, skipped } = sumsOf(broadcast);
  return broadcast.recipients ? (100 * (ended + skipped)) / broadcast.recipients : 0;
}

function All() {
  const { t } = useTranslation();
  const words = useWords();
  const may = useOffered();
  const [, go] = useLocation();
  const list = $api.useQuery("get", "/v1/broadcasts", { params: { query: { limit: 50 } } }, { refetchInterval: 3000 });
  const make = may("startBroadcast") && <Button component={Link} href="/campaigns/new" leftSection={<PlusIcon />}>{t("New campaign")}</Button>;
  return (
    <Page title={t("Campaigns")} hint={t("One text to many recipients, each with words and links of their own.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Campaigns")} rows={data.items} keyOf={(row) => row.id} onRow={(row) => go(`/campaigns/${row.id}`)}
              empty={<Empty title={t("No campaign yet")} action={make}>{t("Import a list first, then write to it.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Link href={`/campaigns/${row.id}`}>{row.name || row.id}</Link> },
                { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
                { head: t("Progress"), cell: (row) => <Progress value={share(row)} w={110} aria-label={t("Progress of {{name}}", { name: row.name || row.id })} /> },
                { head: t("Recipients"), cell: (row) => words.number(row.recipients), end: true, wide: true },
                { head: t("Delivered"), cell: (row) => { const sums = sumsOf(row); return words.share(sums.messages ? sums.delivered / sums.messages : null); }, end: true, wide: true },
                { head: t("Created"), cell: (row) => <When at={row.created_at} />, wide: true },
              ]} />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}

const COLOURS: Record<string, string> = {
  delivered: "green.7", sent: "blue.6", queued: "gray.5", scheduled: "gray.4", undelivered: "red.6", failed: "red.8", expired: "orange.6", rejected: "pink.7", cancelled: "gray.7", uncertain: "yellow.6",
};

function Report({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const broadcast = $api.useQuery("get", "/v1/broadcasts/{id}", { params: { path: { id } } }, { refetchInterval: 1500 });
  const steer = async (word: "pause" | "resume" | "cancel") => {
    try {
      await done(api.POST(`/v1/broadcasts/{id}/${word}` as "/v1/broadcasts/{id}/pause", { params: { path: { id } } }));
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
    await queries.invalidateQueries({ queryKey: ["get", "/v1/broadcasts/{id}"] });
  };
  const take = async () => saveFile(`${id}.csv`, await (await raw(`/v1/broadcasts/${id}/export`)).blob());
  const state = broadcast.data?.state ?? "";
  return (
    <Page
      title={broadcast.data?.name || t("Campaign")}
      actions={
        <>
          {UNDER_WAY.has(state) && <Button variant="default" leftSection={<PauseIcon />} onClick={() => void steer("pause")}>{t("Pause")}</Button>}
          {state === "paused" && <Button leftSection={<ResumeIcon />} onClick={() => void steer("resume")}>{t("Go on")}</Button>}
          {(UNDER_WAY.has(state) || state === "paused") && <Remove word={t("Cancel the campaign")} what={broadcast.data?.name || id} consequence={t("What was not sent is taken back and costs nothing.")} act={() => steer("cancel")} />}
          <Button variant="default" leftSection={<DownloadIcon />} onClick={() => void take()}>{t("Export as CSV")}</Button>
          <Button component={Link} href="/campaigns" variant="default" leftSection={<ArrowLeftIcon />}>{t("All campaigns")}</Button>
        </>
      }
    >
      <Answer of={broadcast}>
        {(data) => {
          const sums = sumsOf(data);
          const skipped = data.segments.flatMap((each) => Object.entries(each.sums.skipped)).filter(([, count]) => count > 0);
          return (
            <Stack>
              <Panel>
                <Group justify="space-between" mb={6}><StateBadge state={data.state} /><Text size="sm">{t("{{ended}} of {{all}} have ended", { ended: words.number(sums.ended + sums.skipped), all: words.number(data.recipients) })}</Text></Group>
                <Progress value={share(data)} size="lg" animated={UNDER_WAY.has(data.state)} aria-label={t("Progress")} />
                {data.segments.map((each) => each.pause_reason && <Text key={each.id} size="sm" mt="xs" c="red">{each.pause_reason.replaceAll("_", " ")}</Text>)}
              </Panel>
              <SimpleGrid cols={{ base: 2, md: 5 }}>
                {[
                  [t("Messages"), words.number(sums.messages)],
                  [t("Delivered"), words.share(sums.messages ? sums.delivered / sums.messages : null)],
                  [t("Left out"), words.number(sums.skipped)],
                  [t("Recipients who came"), words.number(sums.clicked)],
                  [t("Charged"), words.money(String(sums.charged))],
                ].map(([name, value]) => <Panel key={name}><Text size="sm" c="dimmed">{name}</Text><Text fz={22} fw={650}>{value}</Text></Panel>)}
              </SimpleGrid>
              <SimpleGrid cols={{ base: 1, md: 2 }}>
                <Panel title={t("States")}>
                  <Group align="center" justify="center" gap="xl">
                    <DonutChart size={150} thickness={24} withTooltip={false} data={Object.entries(sums.statuses).map(([name, value]) => ({ name: t(name), value, color: COLOURS[name] ?? "gray.5" }))} role="img" aria-label={t("States")} pieProps={{ isAnimationActive: false }} />
                    <Stack gap={4}>{Object.entries(sums.statuses).map(([name, count]) => <Group key={name} gap="xs"><StateBadge state={name} /><Text size="sm">{words.number(count)}</Text></Group>)}</Stack>
                  </Group>
                </Panel>
                <Panel title={t("Text")}>
                  <div style={{ display: "flex", flexDirection: "column" }}><div className="bubble bubble-out">{data.text}</div></div>
                  {skipped.length > 0 && <Group mt="sm" gap="xs">{skipped.map(([why, count], i) => <Badge key={i} variant="default" tt="none">{why.replaceAll("_", " ")}: {words.number(count)}</Badge>)}</Group>}
                </Panel>
              </SimpleGrid>
            </Stack>
          );
        }}
      </Answer>
    </Page>
  );
}
