/** What the event stream tells: the last minute, second by second, and the latest events. */
import { Group, Stack, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useEvents, type Happening } from "../api/events";
import { StateBadge } from "../parts/bits";
import { AreaChart } from "../parts/charts";
import { Empty } from "../parts/page";
import { useWords } from "../parts/words";

const SECONDS = 60;
const SERIES = [
  { name: "queued", color: "gray.6", type: "message.queued" },
  { name: "sent", color: "blue.6", type: "message.sent" },
  { name: "delivered", color: "green.7", type: "message.delivered" },
  { name: "failed", color: "red.6", type: "" },
] as const;
const ENDED_BADLY = new Set(["message.failed", "message.undelivered", "message.expired", "message.rejected"]);

type Second = { at: number; queued: number; sent: number; delivered: number; failed: number };

function fresh(): Second[] {
  const now = Math.floor(Date.now() / 1000);
  return Array.from({ length: SECONDS }, (_, i) => ({ at: now - SECONDS + 1 + i, queued: 0, sent: 0, delivered: 0, failed: 0 }));
}

function quiet(second: Second): boolean {
  return SERIES.every(({ name }) => second[name] === 0);
}

function lane(type: string): keyof Omit<Second, "at"> | null {
  if (ENDED_BADLY.has(type)) return "failed";
  const found = SERIES.find((each) => each.type === type);
  return found ? found.name : null;
}

export interface Live {
  minute: Second[];
  recent: Happening[];
  up: boolean;
  /** Messages accepted per second, the mean of ten. */
  perSecond: number;
}

/** The last minute, second by second; drawn anew once a second however many events come. */
export function useLive(wanted: boolean): Live {
  const counting = useRef(new Map<number, Omit<Second, "at">>());
  const seen = useRef<Happening[]>([]);
  const [minute, setMinute] = useState<Second[]>(fresh);
  const [recent, setRecent] = useState<Happening[]>([]);
  const up = useEvents((happening) => {
    const name = lane(happening.type);
    seen.current = [happening, ...seen.current].slice(0, 8);
    if (!name) return;
    const second = Math.floor(Date.now() / 1000);
    const sums = counting.current.get(second) ?? { queued: 0, sent: 0, delivered: 0, failed: 0 };
    sums[name] += 1;
    counting.current.set(second, sums);
  }, wanted);
  useEffect(() => {
    if (!wanted) return;
    const tick = setInterval(() => {
      const drawn = fresh();
      for (const at of counting.current.keys()) if (at < drawn[0]!.at) counting.current.delete(at);
      const nothing = counting.current.size === 0;
      setMinute((kept) => (nothing && kept.every(quiet) ? kept : drawn.map((each) => ({ ...each, ...counting.current.get(each.at) }))));
      setRecent(seen.current);
    }, 1000);
    return () => clearInterval(tick);
  }, [wanted]);
  const perSecond = minute.slice(-11, -1).reduce((sum, each) => sum + each.queued, 0) / 10;
  return { minute, recent, up, perSecond };
}

export function LastMinute({ minute }: { minute: Second[] }) {
  const { t } = useTranslation();
  const words = useWords();
  const ago = (at: number) => (at === 0 ? t("now") : `−${words.span(at * 1000)}`);
  return (
    <AreaChart
      h={220}
      data={minute.map((each) => ({ ...each, at: ago(minute[SECONDS - 1]!.at - each.at) }))}
      valueFormatter={words.number}
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
  );
}

export function Latest({ happenings }: { happenings: Happening[] }) {
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
