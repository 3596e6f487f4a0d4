/** A handset of the simulated network, which shows what arrives and answers, beside what goes wrong in it. */
import { ActionIcon, Alert, Anchor, Box, Button, Grid, Group, ScrollArea, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { InfoCircledIcon, PaperPlaneIcon } from "@radix-ui/react-icons";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, api } from "../api/client";
import { useEvents } from "../api/events";
import { useOffered } from "../api/session";
import { done, StateBadge } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Failure, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";
import { FaultsPanel } from "./faults";

export default function Simulator({ id }: { id?: string }) {
  const { t } = useTranslation();
  const offered = useOffered();
  const [msisdn, setMsisdn] = useLocalStorage({ key: "heliograph.handset", defaultValue: "8801712345678", getInitialValueInEffect: false });
  useEffect(() => {
    if (id) setMsisdn(id);
  }, [id, setMsisdn]);
  const digits = msisdn.replace(/\D/g, "");
  return (
    <Page title={t("Simulator")} hint={t("A phone and its network, to try things on. Nothing leaves this machine.")}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack className="beside">
            <Panel>
              <TextInput label={t("Number of the handset")} value={msisdn} onChange={(e) => setMsisdn(e.currentTarget.value)} inputMode="tel" />
            </Panel>
            {digits.length >= 7 && <Handset key={digits} msisdn={digits} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {digits.length >= 7 && offered("listMessages") && <Latest key={digits} msisdn={digits} />}
            {offered("getFaults") && <FaultsPanel />}
            <Alert variant="light" icon={<InfoCircledIcon />} title={t("What the network can do")}>
              {t("Some numbers never answer, others refuse: the documentation of the simulator lists them. Send to one of them and watch the trace.")}
            </Alert>
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** What became of the newest messages to this handset, also of those that never reach it. */
function Latest({ msisdn }: { msisdn: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const senders = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const latest = $api.useQuery("get", "/v1/messages", { params: { query: { to: msisdn, limit: 5 } } }, { refetchInterval: 5000 });
  useEvents(({ data }) => {
    if (data.to === msisdn) void latest.refetch();
  });
  const from = senders.data?.items.find((each) => each.state === "approved")?.name ?? null;
  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      const text = t("Hello at {{time}}", { time: words.clock(new Date().toISOString()) });
      await done(api.POST("/v1/messages", { body: { from, to: `+${msisdn}`, text } }));
      await latest.refetch();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Panel
      title={t("Newest messages to it")}
      actions={<Allowed to="sendMessage"><Button size="xs" leftSection={<PaperPlaneIcon />} loading={busy} onClick={() => void send()}>{t("Send it one")}</Button></Allowed>}
    >
      <Stack gap={6} role="region" aria-live="polite" aria-label={t("Newest messages to it")}>
        <Failure error={error} />
        {latest.data?.items.length === 0 && <Text size="sm" c="dimmed">{t("None so far.")}</Text>}
        {latest.data?.items.map((each) => (
          <Group key={each.id} justify="space-between" wrap="nowrap" gap="xs">
            <Anchor component={Link} href={`/messages/${each.id}`} size="sm" lineClamp={1} style={{ minWidth: 0 }}>{each.text ?? each.id}</Anchor>
            <Group gap={4} wrap="nowrap">
              {each.test && <StateBadge state="test" />}
              <StateBadge state={each.status} />
            </Group>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}

interface Written {
  to: string;
  text: string;
  at: string;
}

function Handset({ msisdn }: { msisdn: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const [text, setText] = useState("");
  const [to, setTo] = useState<string | null>(null);
  const [written, setWritten] = useState<Written[]>([]);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const handset = $api.useQuery("get", "/v1/simulator/handsets/{msisdn}", { params: { path: { msisdn } } }, { refetchInterval: 2000 });
  const numbers = $api.useQuery("get", "/v1/numbers", { params: { query: { limit: 100 } } });
  useEvents(({ data }) => {
    if (data.to === msisdn) void handset.refetch();
  });
  const ours = [...new Set([...(numbers.data?.items.map((each) => each.msisdn) ?? []), ...(handset.data?.messages.map((each) => each.from).filter((each) => /^\d+$/.test(each)) ?? [])])];
  const target = to ?? ours[0] ?? null;
  const shown = [
    ...(handset.data?.messages.map((each) => ({ side: "in", name: each.from, text: each.text, at: each.at })) ?? []),
    ...written.map((each) => ({ side: "out", name: each.to, text: each.text, at: each.at })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  const bottom = useRef<HTMLDivElement>(null);
  useEffect(() => {
    void bottom.current?.scrollIntoView({ block: "nearest" });
  }, [shown.length]);

  const send = async () => {
    if (!text.trim() || !target) return;
    setBusy(true);
    setError(null);
    try {
      await done(api.POST("/v1/simulator/handsets/{msisdn}/messages", { params: { path: { msisdn } }, body: { to: target, text } }));
      setWritten([...written, { to: target, text, at: new Date().toISOString() }]);
      setText("");
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Box w="100%" maw={380} mx="auto" style={{ border: "10px solid var(--mantine-color-dark-4)", borderRadius: 36, overflow: "hidden", background: "var(--mantine-color-body)" }}>
      <Box p="xs" ta="center" bg="var(--mantine-color-default-hover)"><Text fw={600} size="sm">+{msisdn}</Text></Box>
      <ScrollArea h={420} type="auto" viewportProps={{ tabIndex: 0, role: "log", "aria-label": t("Messages on the handset") }}>
        <Stack gap="xs" p="sm">
          {handset.error ? <Failure error={handset.error} /> : null}
          {shown.length === 0 && <Text size="sm" c="dimmed" ta="center" pt="xl">{t("No messages on this handset yet. Send one to it, or write from it.")}</Text>}
          {shown.map((each, i) => (
            <Stack key={i} gap={2} align={each.side === "in" ? "flex-start" : "flex-end"}>
              <Text size="xs" c="dimmed">{each.side === "in" ? each.name : `→ ${each.name}`} · {words.when(each.at)}</Text>
              <div className={`bubble bubble-${each.side}`}>{each.text}</div>
            </Stack>
          ))}
          <div ref={bottom} />
        </Stack>
      </ScrollArea>
      <form onSubmit={(event) => { event.preventDefault(); void send(); }}>
        <Stack gap="xs" p="sm" style={{ borderTop: "1px solid var(--mantine-color-default-border)" }}>
          <Failure error={error} />
          <Select aria-label={t("Write to")} placeholder={t("Write to")} data={ours} value={target} onChange={setTo} size="xs" nothingFoundMessage={t("The account has no number")} />
          <Group wrap="nowrap" gap="xs" align="flex-end">
            <Textarea aria-label={t("Message from the handset")} placeholder={t("Text")} autosize maxRows={4} style={{ flex: 1 }} value={text} onChange={(e) => setText(e.currentTarget.value)}
              onKeyDown={(event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); void send(); } }} />
            <ActionIcon type="submit" size="lg" loading={busy} disabled={!target} aria-label={t("Send from the handset")}><PaperPlaneIcon /></ActionIcon>
          </Group>
        </Stack>
      </form>
    </Box>
  );
}
