/** What happens now, and what has happened today. */
import { AreaChart, BarChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Badge, Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, type Schemas } from "../api/client";
import { useEvents, type Happening } from "../api/events";
import { useOffered } from "../api/session";
import { Rows, StateBadge } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { utcDay, useWords } from "../parts/words";

const SECONDS = 60;
const SERIES = [
  { name: "queued", color: "gray.6", type: "message.queued" },
  { name: "sent", color: "blue.6", type: "message.sent" },
  { name: "delivered", color: "green.7", type: "message.delivered" },
  { name: "failed", color: "red.6", type: "" },
] as const;
const ENDED_BADLY = new Set(["message.failed", "message.undelivered", "message.expired", "message.rejected"]);

type Second = { at: number; queued: number; sent: number; delivered: number; failed: number };
type Minute = Second[];

function fresh(): Minute {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: SECONDS }, (_, i) => ({ at: now - SECONDS + 1 + i, queued: 0, sent: 0, delivered: 0, failed: 0 }));
}

function lane(type: string): keyof Omit<Second, "at"> | null {
  if (ENDED_BADLY.has(type)) return "failed";
  const found = SERIES.find((each) => each.type === type);
  return found ? found.name : null;
}

/** The last minute, second by second; drawn anew once a second however many events come. */
function useLive() {
  const counting = useRef(new Map<number, Omit<Second, "at">>());
  const seen = useRef<Happening[]>([]);
  const [minute, setMinute] = useState<Minute>(fresh);
  const [recent, setRecent] = useState<Happening[]>([]);
  const up = useEvents((happening) => {
    const name = lane(happening.type);
    seen.current = [happening, ...seen.current].slice(0, 8);
    if (!name) return;
    const second = Math.floor(Date.now() / 1000);
    const sums = counting.current.get(second) ?? { queued: 0, sent: 0, delivered: 0, failed: 0 };
    sums[name] += 1;
    counting.current.set(second, sums);
  });
  useEffect(() => {
    const tick = setInterval(() => {
      const drawn = fresh();
      for (const at of counting.current.keys()) if (at < drawn[0]!.at) counting.current.delete(at);
      setMinute(drawn.map((each) => ({ ...each, ...counting.current.get(each.at) })));
      setRecent(seen.current);
    }, 1000);
    return () => clearInterval(tick);
  }, []);
  return { minute, recent, up };
}

function Figure({ name, value, hint }: { name: string; value: string; hint?: string }) {
  return (
    <Panel>
      <Text size="sm" c="dimmed">{name}</Text>
      <Text fz="clamp(18px, 5.2vw, 26px)" fw={650} lh={1.3} style={{ overflowWrap: "anywhere" }}>{value}</Text>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
    </Panel>
  );
}

export default function Overview() {
  const { t } = useTranslation();
  const words = useWords();
  const { minute, recent, up } = useLive();
  const today = utcDay();
  const period = { params: { query: { since: today, until: today } } };
  const balance = $api.useQuery("get", "/v1/balance", {}, { refetchInterval: 10_000 });
  const usage = $api.useQuery("get", "/v1/usage", period, { refetchInterval: 30_000 });
  const perSecond = minute.slice(-11, -1).reduce((sum, each) => sum + each.queued, 0) / 10;
  const spent = usage.data?.items.reduce((sum, each) => sum + Number(each.cost), 0);
  const sentToday = usage.data?.items.reduce((sum, each) => sum + each.messages, 0);
  return (
    <Page
      title={t("Overview")}
      hint={t("The last minute as it happens, and today so far.")}
      actions={
        <>
          <Badge color={up ? "green" : "yellow"} tt="none" role="status">{up ? t("Live") : t("Connecting…")}</Badge>
          <Button component={Link} href="/send">{t("Send a message")}</Button>
        </>
      }
    >
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure name={t("Messages per second")} value={words.number(Math.round(perSecond * 10) / 10)} hint={t("mean of ten seconds")} />
        <Figure name={t("Messages today")} value={sentToday === undefined ? "–" : words.number(sentToday)} hint={t("UTC day")} />
        <Figure name={t("Spent today")} value={spent === undefined ? "–" : words.money(String(spent), usage.data?.currency)} hint={t("UTC day")} />
        <Figure name={t("Balance")} value={words.money(balance.data?.available, balance.data?.currency)} hint={balance.data && Number(balance.data.held) ? t("{{amount}} is held", { amount: words.money(balance.data.held, balance.data.currency) }) : t("nothing is held")} />
      </SimpleGrid>
      <Panel title={t("States over the last minute")}>
        <AreaChart
          h={220}
          data={minute.map((each) => ({ ...each, at: `${each.at - minute[SECONDS - 1]!.at} s` }))}
          dataKey="at"
          series={SERIES.map(({ name, color }) => ({ name, color, label: t(name) }))}
          withDots={false}
          withLegend
          curveType="monotone"
          yAxisProps={{ allowDecimals: false, width: 36 }}
          xAxisProps={{ interval: 14 }}
          areaProps={{ isAnimationActive: false }}
          role="img"
          aria-label={t("States over the last minute")}
        />
      </Panel>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t("Latest events")}>
          <Latest happenings={recent} />
        </Panel>
        <Panel title={t("Today by country")}>
          <Answer of={usage}>
            {(data) => (
              <Rows
                label={t("Today by country")}
                rows={data.items}
                keyOf={(row) => row.country ?? "?"}
                empty={<Empty title={t("Nothing was sent today")}>{t("Figures come with the first message.")}</Empty>}
                columns={[
                  { head: t("Country"), cell: (row) => words.country(row.country) },
                  { head: t("Messages"), cell: (row) => words.number(row.messages), end: true },
                  { head: t("Parts"), cell: (row) => words.number(row.parts), end: true, wide: true },
                  { head: t("Cost"), cell: (row) => words.money(row.cost, data.currency), end: true },
                ]}
              />
            )}
          </Answer>
        </Panel>
      </SimpleGrid>
      <Ways />
    </Page>
  );
}

function Latest({ happenings }: { happenings: Happening[] }) {
  const { t } = useTranslation();
  const words = useWords();
  if (happenings.length === 0) {
    return <Empty title={t("All is quiet")}>{t("What happens to messages appears here while this page is open.")}</Empty>;
  }
  return (
    <Stack gap={6}>
      {happenings.map((each) => (
        <Group key={each.id} gap="xs" wrap="nowrap">
          <StateBadge state={each.data.status ?? "received"} miw={84} />
          <Text component={Link} href={each.data.status ? `/messages/${each.data.id}` : "/inbox"} size="sm" c="inherit" truncate style={{ flex: 1 }}>
            {each.data.from} → {each.data.to}
          </Text>
          <Text size="xs" c="dimmed" visibleFrom="xs">{words.clock(each.timestamp)}</Text>
        </Group>
      ))}
    </Stack>
  );
}

interface Way {
  carrier: string;
  sent: number;
  delivered: number;
  bad: number;
  latency: number | null;
}

/** Sums by carrier; the latency is weighted by what was delivered. */
export function byCarrier(lines: Schemas["RouteStatisticView"][]): Way[] {
  const sums = new Map<string, Way & { weighted: number }>();
  for (const line of lines) {
    const name = line.carrier ?? "–";
    const sum = sums.get(name) ?? { carrier: name, sent: 0, delivered: 0, bad: 0, latency: null, weighted: 0 };
    sum.sent += line.sent;
    sum.delivered += line.delivered;
    sum.bad += line.undelivered + line.expired + line.rejected + line.failed;
    sum.weighted += (line.mean_latency_ms ?? 0) * line.delivered;
    sums.set(name, sum);
  }
  return [...sums.values()].map((sum) => ({ ...sum, latency: sum.delivered ? sum.weighted / sum.delivered : null }));
}

/** How the carriers fare; only operators may ask. */
function Ways() {
  const { t } = useTranslation();
  const words = useWords();
  const allowed = useOffered()("routeStatistics");
  const period = { params: { query: { since: utcDay(6), until: utcDay() } } };
  const statistics = $api.useQuery("get", "/v1/routes/statistics", period, { enabled: allowed, refetchInterval: 30_000 });
  const carriers = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 100 } } }, { enabled: allowed });
  if (!allowed || statistics.error) return null;
  const names = new Map(carriers.data?.items.map((each) => [each.id, each.name]));
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Panel title={t("Carriers, last seven days")}>
        <Answer of={statistics}>
          {(data) => (
            <Rows
              label={t("Carriers, last seven days")}
              rows={byCarrier(data.items)}
              keyOf={(row) => row.carrier}
              empty={<Empty title={t("No carrier has carried anything yet")}>{t("Figures are brought up to date every minute.")}</Empty>}
              columns={[
                { head: t("Carrier"), cell: (row) => names.get(row.carrier) ?? row.carrier },
                { head: t("Sent"), cell: (row) => words.number(row.sent), end: true },
                { head: t("Delivered"), cell: (row) => words.share(row.sent ? row.delivered / row.sent : null), end: true },
                { head: t("Latency"), cell: (row) => (row.latency === null ? "–" : `${words.number(Math.round(row.latency) / 1000)} s`), end: true, wide: true },
              ]}
            />
          )}
        </Answer>
      </Panel>
      <Panel title={t("Delivery by day")}>
        <Answer of={statistics}>{(data) => <Days lines={data.items} />}</Answer>
      </Panel>
    </SimpleGrid>
  );
}

function Days({ lines }: { lines: Schemas["RouteStatisticView"][] }) {
  const { t } = useTranslation();
  const days = Array.from({ length: 7 }, (_, i) => utcDay(6 - i)).map((day) => {
    const of = lines.filter((each) => each.day === day);
    const delivered = of.reduce((sum, each) => sum + each.delivered, 0);
    const failed = of.reduce((sum, each) => sum + each.undelivered + each.expired + each.rejected + each.failed, 0);
    return { day: day.slice(5), delivered, failed };
  });
  return (
    <BarChart
      h={200}
      data={days}
      dataKey="day"
      type="stacked"
      withLegend
      yAxisProps={{ allowDecimals: false, width: 44 }}
      barProps={{ isAnimationActive: false }}
      series={[{ name: "delivered", color: "green.7", label: t("delivered") }, { name: "failed", color: "red.6", label: t("failed") }]}
      role="img"
      aria-label={t("Delivery by day")}
    />
  );
}
