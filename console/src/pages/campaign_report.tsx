/** One broadcast while it runs and afterwards: how far it is, what became of everybody, its segments. */
import { Alert, Button, Group, Menu, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, CopyIcon, DownloadIcon, PauseIcon, PlayIcon, ResumeIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, sentence } from "../api/client";
import { useSession } from "../api/session";
import { done, Remove, Rows, StateBadge, When } from "../parts/bits";
import { DonutChart } from "../parts/charts";
import { useEvery } from "../parts/every";
import { Allowed } from "../parts/may";
import { Answer, Page, Panel } from "../parts/page";
import { saveTable } from "../parts/tables";
import { likely, useThings } from "../parts/token_editor";
import { saveWhole } from "../parts/whole_file";
import { plainly, useWords } from "../parts/words";
import { draftKey } from "./campaign_draft";
import { NextSegment } from "./campaign_segment";
import { pauseMs, progressOf, shareOf, sumsOf, type Broadcast, type Sums } from "./campaign_sums";
import { Address } from "./campaign_time";

const UNDER_WAY = new Set(["waiting", "running", "open"]);
const COLOURS: Record<string, string> = {
  delivered: "green.7", sent: "blue.6", queued: "gray.5", scheduled: "gray.4", undelivered: "red.6", failed: "red.8", expired: "orange.6", rejected: "pink.7", cancelled: "gray.7", uncertain: "yellow.6",
};

export function Report({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const found = $api.useQuery("get", "/v1/broadcasts/{id}", { params: { path: { id } } }, { refetchInterval: (query) => pauseMs(query.state.data as Broadcast | undefined) });
  const steer = async (word: "pause" | "resume" | "cancel") => {
    await done(api.POST(`/v1/broadcasts/{id}/${word}` as "/v1/broadcasts/{id}/pause", { params: { path: { id } } }));
    await queries.invalidateQueries({ queryKey: ["get", "/v1/broadcasts/{id}"] });
  };
  const name = found.data?.name || t("Campaign");
  return (
    <Page title={name} actions={found.data && <Actions of={found.data} steer={steer} />}>
      <Answer of={found}>{(data) => <Whole of={data} />}</Answer>
    </Page>
  );
}

function Actions({ of, steer }: { of: Broadcast; steer: (word: "pause" | "resume" | "cancel") => Promise<void> }) {
  const { t } = useTranslation();
  const words = useWords();
  const [adding, setAdding] = useState(false);
  const [taken, setTaken] = useState<number | null>(null);
  const told = async (act: () => Promise<void>) => {
    try {
      await act();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const take = () =>
    told(async () => {
      try {
        await saveWhole(`/v1/broadcasts/${of.id}/export`, `${of.name || of.id}.csv`, setTaken);
      } finally {
        setTaken(null);
      }
    });
  const stoppable = UNDER_WAY.has(of.state) || of.state === "paused";
  return (
    <>
      {of.state === "open" && <Allowed to="addSegment"><Button leftSection={<PlayIcon />} onClick={() => setAdding(true)}>{t("Next segment")}</Button></Allowed>}
      {UNDER_WAY.has(of.state) && <Allowed to="pauseBroadcast"><Button variant="default" leftSection={<PauseIcon />} onClick={() => void told(() => steer("pause"))}>{t("Pause")}</Button></Allowed>}
      {of.state === "paused" && <Allowed to="resumeBroadcast"><Button leftSection={<ResumeIcon />} onClick={() => void told(() => steer("resume"))}>{t("Go on")}</Button></Allowed>}
      {stoppable && <Remove needs="cancelBroadcast" word={t("Cancel the campaign")} what={of.name || of.id} consequence={t("What was not sent is taken back and costs nothing.")} act={() => steer("cancel")} />}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target><Button variant="default" leftSection={<DownloadIcon />} loading={taken !== null}>{t("Export")}</Button></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void take()}>{t("Every message, as CSV")}</Menu.Item>
          <Menu.Item onClick={() => saveSums(of)}>{t("The sums of its segments, as CSV")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {taken !== null && <Text size="sm" c="dimmed" role="status">{t("{{number}} lines", { number: words.number(taken) })}</Text>}
      <Button component={Link} href="/campaigns" variant="default" leftSection={<ArrowLeftIcon />}>{t("All campaigns")}</Button>
      <NextSegment of={of} opened={adding} close={() => setAdding(false)} />
    </>
  );
}

function saveSums(of: Broadcast): void {
  const rows = of.segments.map((each) => {
    const sums = sumsOf([each]);
    return { segment: each.position, state: each.state, recipients: sums.recipients, messages: sums.messages, delivered: sums.delivered, left_out: sums.skipped, clicked: sums.clicked, clicks: sums.clicks, converted: sums.converted, charged: sums.charged, text: each.text };
  });
  saveTable(`${of.name || of.id}-segments.csv`, ["segment", "state", "recipients", "messages", "delivered", "left_out", "clicked", "clicks", "converted", "charged", "text"], rows);
}

function Whole({ of }: { of: Broadcast }) {
  const { t } = useTranslation();
  const words = useWords();
  const sums = sumsOf(of.segments);
  const balance = $api.useQuery("get", "/v1/balance", {}, { staleTime: 60_000 });
  const facts: [string, string, string?][] = [
    [t("Messages"), words.number(sums.messages)],
    [t("Delivered"), words.share(shareOf(sums.delivered, sums.messages)), words.number(sums.delivered)],
    [t("Left out"), words.number(sums.skipped)],
    [t("Recipients who came"), words.share(shareOf(sums.clicked, sums.messages)), words.number(sums.clicked)],
    [t("Clicks"), words.number(sums.clicks)],
    [t("Converted"), words.share(shareOf(sums.converted, sums.messages)), words.number(sums.converted)],
    [t("Charged"), words.money(String(sums.charged), balance.data?.currency)],
  ];
  return (
    <Stack>
      <Panel>
        <Group justify="space-between" mb={6}>
          <Group gap="xs"><StateBadge state={of.state} /><Text size="sm" c="dimmed">{t(`kind ${of.kind}`)}</Text></Group>
          <Text size="sm">{t("{{ended}} of {{all}} have ended", { ended: words.number(sums.ended + sums.skipped), all: words.number(of.recipients) })}</Text>
        </Group>
        <Progress value={100 * progressOf(of)} size="lg" animated={of.state === "running"} aria-label={t("Progress")} />
        <Waits of={of} />
      </Panel>
      <SimpleGrid cols={{ base: 2, sm: 4, lg: 7 }}>
        {facts.map(([name, value, beside]) => (
          <Panel key={name}><Text size="sm" c="dimmed">{name}</Text><Text fz={22} fw={650}>{value}</Text>{beside && <Text size="xs" c="dimmed">{beside}</Text>}</Panel>
        ))}
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <States sums={sums} />
        <Funnel of={of} sums={sums} />
      </SimpleGrid>
      <Segments of={of} />
    </Stack>
  );
}

/** Why nothing moves, and what would move it. */
function Waits({ of }: { of: Broadcast }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const triggers = useEvery("/v1/triggers", Boolean(of.trigger) && of.state === "waiting");
  const trigger = triggers.data?.items.find((each) => each.id === of.trigger);
  const reason = of.segments.find((each) => each.pause_reason)?.pause_reason;
  const last = of.segments.at(-1);
  const fire = async () => {
    try {
      await done(api.POST("/v1/triggers/{id}/fire", { params: { path: { id: of.trigger! } } }));
      await queries.invalidateQueries({ queryKey: ["get", "/v1/broadcasts/{id}"] });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Stack gap="xs" mt="sm">
      {of.state === "paused" && <Alert color="yellow" variant="light" title={t("It is paused")}>{reason ? plainly(t, reason) : t("Somebody paused it. What was made goes out; no more is made.")}</Alert>}
      {of.state === "waiting" && trigger && (
        <Group justify="space-between" align="flex-end">
          <Address of={trigger} />
          <Allowed to="fireTrigger"><Button size="xs" variant="default" leftSection={<PlayIcon />} onClick={() => void fire()}>{t("Release it now")}</Button></Allowed>
        </Group>
      )}
      {of.state === "waiting" && !of.trigger && last?.send_at && <Text size="sm">{t("It goes out on {{when}}.", { when: words.when(last.send_at) })}</Text>}
      {of.state === "open" && <Text size="sm">{of.ctr_threshold ? t("The next segment goes out by itself when {{share}} of the last one have come; or you send it now.", { share: words.share(of.ctr_threshold / 100) }) : t("The segment is out. Look how it went, then send the next one.")}</Text>}
    </Stack>
  );
}

function States({ sums }: { sums: Sums }) {
  const { t } = useTranslation();
  const words = useWords();
  const reasons = Object.entries(sums.reasons).sort(([, a], [, b]) => b - a);
  const data = Object.entries(sums.statuses).filter(([, value]) => value > 0).map(([name, value]) => ({ name: t(name), value, color: COLOURS[name] ?? "gray.5" }));
  return (
    <Panel title={t("States")}>
      {data.length === 0 ? <Text size="sm" c="dimmed">{t("No message was made yet.")}</Text> : (
        <Group align="center" justify="center" gap="xl">
          <DonutChart size={150} thickness={24} withTooltip={false} data={data} role="img" aria-label={t("States")} pieProps={{ isAnimationActive: false }} />
          <Stack gap={4}>{Object.entries(sums.statuses).map(([name, count]) => <Group key={name} gap="xs"><StateBadge state={name} /><Text size="sm">{words.number(count)}</Text></Group>)}</Stack>
        </Group>
      )}
      {reasons.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="md" mb={4}>{t("Left out")}</Text>
          {reasons.map(([why, count]) => (
            <Group key={why} justify="space-between"><Text size="sm">{plainly(t, why)}</Text><Text size="sm">{words.number(count)}</Text></Group>
          ))}
        </>
      )}
    </Panel>
  );
}

/** From the recipients to what came of it; each bar is a share of the first. */
function Funnel({ of, sums }: { of: Broadcast; sums: Sums }) {
  const { t } = useTranslation();
  const words = useWords();
  const steps: [string, number][] = [[t("Recipients"), of.recipients], [t("Messages"), sums.messages], [t("Delivered"), sums.delivered], [t("Recipients who came"), sums.clicked], [t("Converted"), sums.converted]];
  return (
    <Panel title={t("From recipients to what followed")}>
      <Stack gap="xs">
        {steps.map(([name, count]) => (
          <div key={name}>
            <Group justify="space-between"><Text size="sm">{name}</Text><Text size="sm" fw={600}>{words.number(count)} · {words.share(shareOf(count, of.recipients))}</Text></Group>
            <Progress value={100 * (shareOf(count, of.recipients) ?? 0)} size="lg" aria-label={name} />
          </div>
        ))}
      </Stack>
    </Panel>
  );
}

function Segments({ of }: { of: Broadcast }) {
  const { t } = useTranslation();
  const words = useWords();
  const things = useThings();
  const [, go] = useLocation();
  const { session } = useSession();
  const texts = [...new Set(of.segments.map((each) => each.text || of.text))];
  const again = () => {
    // What the wizard keeps: it opens there as a draft.
    localStorage.setItem(draftKey(session?.person), JSON.stringify({ draft: { name: of.name, lists: of.lists, text: of.text, audience: of.kind === "single" ? "typed" : "lists" }, step: 0, at: new Date().toISOString() }));
    go("/campaigns/new");
  };
  return (
    <Panel title={of.segments.length > 1 ? t("Segments") : t("Text")} actions=<Allowed to="startBroadcast"><Button size="compact-sm" variant="default" leftSection={<CopyIcon />} onClick={again}>{t("Write one like it")}</Button></Allowed>>
      {of.segments.length > 1 && (
        <Rows label={t("Segments")} rows={of.segments} keyOf={(row) => row.id} empty={null}
          columns={[
            { head: t("Segment"), cell: (row) => words.number(row.position) },
            { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
            { head: t("Recipients"), cell: (row) => words.number(row.sums.recipients), end: true },
            { head: t("Delivered"), cell: (row) => { const sums = sumsOf([row]); return words.share(shareOf(sums.delivered, sums.messages)); }, end: true },
            { head: t("Clicked"), cell: (row) => { const sums = sumsOf([row]); return words.share(shareOf(sums.clicked, sums.messages)); }, end: true },
            { head: t("Converted"), cell: (row) => words.number(row.sums.converted), end: true, wide: true },
            { head: t("Charged"), cell: (row) => words.money(row.sums.charged), end: true, wide: true },
            { head: t("Begun"), cell: (row) => <When at={row.started_at} />, wide: true },
          ]} />
      )}
      <Stack mt={of.segments.length > 1 ? "md" : 0} align="flex-start">
        {texts.map((text) => (
          <div key={text} className="bubble bubble-out" style={{ alignSelf: "flex-start", maxWidth: 520 }}>{text}</div>
        ))}
        {texts.length === 1 && texts[0]!.includes("{{") && <Text size="xs" c="dimmed">{t("For example:")} {likely(texts[0]!, things, { first_name: "Ada", last_name: "Lovelace" })}</Text>}
      </Stack>
    </Panel>
  );
}
