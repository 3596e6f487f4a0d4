/** What happens now, and what has become of a day's messages. */
import { Badge, Button, Group, SegmentedControl, SimpleGrid, Stack, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { StateBadge } from "../parts/bits";
import { BarChart } from "../parts/charts";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { utcDay, useWords } from "../parts/words";
import { LastMinute, Latest, useLive, type Live } from "./overview_live";
import { ByCarrier, ByCountry, LastHour, Queues, Standing } from "./overview_sums";

const EVERY_MS = 10_000;
type Told = Schemas["OverviewView"];

export default function Overview() {
  const { t } = useTranslation();
  const offered = useOffered();
  const [chosen, choose] = useLocalStorage({ key: "heliograph.overview", defaultValue: "own", getInitialValueInEffect: false });
  const operates = offered("getHouseOverview");
  const house = operates && chosen === "house";
  const watched = offered("watchEvents") && !house;
  const live = useLive(watched);
  const own = $api.useQuery("get", "/v1/overview", {}, { enabled: !house, refetchInterval: EVERY_MS });
  const all = $api.useQuery("get", "/v1/overview/house", {}, { enabled: house, refetchInterval: EVERY_MS });
  return (
    <Page
      title={t("Overview")}
      hint={house ? t("Everything that goes through this house, all accounts together.") : t("What happens now, and what became of a day’s messages.")}
      actions={
        <>
          {operates && (
            <SegmentedControl
              size="xs"
              value={house ? "house" : "own"}
              onChange={choose}
              data={[{ value: "own", label: t("This account") }, { value: "house", label: t("Whole house") }]}
              aria-label={t("Whose overview")}
            />
          )}
          {watched && <Badge color={live.up ? "green" : "yellow"} tt="none" role="status">{live.up ? t("Live") : t("Connecting…")}</Badge>}
          {offered("sendMessage") && <Button component={Link} href="/send">{t("Send a message")}</Button>}
        </>
      }
    >
      <Answer of={house ? all : own}>{(told) => <Sums told={told} live={watched ? live : null} house={house} />}</Answer>
    </Page>
  );
}

function Sums({ told, live, house }: { told: Told; live: Live | null; house: boolean }) {
  const { t } = useTranslation();
  const words = useWords();
  const asOf = told.as_of ? t("Counted until {{time}}", { time: words.minute(told.as_of) }) : t("Not counted yet");
  return (
    <Stack gap="lg">
      <Figures told={told} live={live} house={house} />
      <SimpleGrid cols={{ base: 1, lg: live ? 2 : 1 }}>
        {live && <Panel title={t("States over the last minute")}><LastMinute minute={live.minute} /></Panel>}
        <Panel title={t("The last hour by the minute")} actions={<Text size="xs" c="dimmed">{asOf}</Text>}><LastHour minutes={told.minutes} /></Panel>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t("Where a day’s messages stand")} actions={<Text size="xs" c="dimmed">{t("accepted since {{time}}", { time: words.when(told.since) })}</Text>}><Standing states={told.states} /></Panel>
        <Panel title={t("Queues")}><Queues queue={told.queue} /></Panel>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        <Panel title={t("Delivery by carrier")}><ByCarrier told={told} /></Panel>
        <Panel title={t("Delivery by country")}><ByCountry told={told} /></Panel>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, lg: 2 }}>
        {live && <Panel title={t("Latest events")}><Latest happenings={live.recent} /></Panel>}
        {house && <Panel title={t("Delivery by day")}><Days /></Panel>}
        <Panel title={t("Carriers")}><Health carriers={told.carriers} /></Panel>
      </SimpleGrid>
    </Stack>
  );
}

function Figures({ told, live, house }: { told: Told; live: Live | null; house: boolean }) {
  const { t } = useTranslation();
  const words = useWords();
  const balance = $api.useQuery("get", "/v1/balance", {}, { refetchInterval: EVERY_MS, enabled: !house });
  const counted = (told.minutes.at(-2)?.accepted ?? 0) / 60;
  const ended = told.by_country.reduce((sum, each) => ({ good: sum.good + each.delivered, bad: sum.bad + each.failed }), { good: 0, bad: 0 });
  const share = ended.good + ended.bad ? ended.good / (ended.good + ended.bad) : null;
  const oldest = told.queue.oldest_due_at;
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }}>
      {live
        ? <Figure name={t("Messages per second")} value={words.number(Math.round(live.perSecond * 10) / 10)} hint={t("accepted, mean of ten seconds")} />
        : <Figure name={t("Messages per second")} value={words.number(Math.round(counted * 10) / 10)} hint={t("accepted, mean of the last full minute")} />}
      <Figure name={t("Delivered within a day")} value={words.share(share)} hint={t("{{number}} messages, of those whose end is known", { number: words.number(ended.good) })} />
      <Figure
        name={t("Waiting to be sent")}
        value={words.number(told.queue.waiting)}
        hint={oldest ? t("the oldest since {{time}}", { time: words.minute(oldest) }) : t("nothing waits")}
      />
      <Figure
        name={t("Spent today")}
        value={told.spent_today.map((each) => words.money(each.amount, each.currency)).join(" · ") || "–"}
        hint={balance.data && !house ? t("{{amount}} left", { amount: words.money(balance.data.available, balance.data.currency) }) : t("UTC day")}
      />
    </SimpleGrid>
  );
}

function Figure({ name, value, hint }: { name: string; value: string; hint?: ReactNode }) {
  return (
    <Panel>
      <Text size="sm" c="dimmed">{name}</Text>
      <Text fz="clamp(18px, 5.2vw, 26px)" fw={650} lh={1.3} style={{ overflowWrap: "anywhere" }}>{value}</Text>
      {hint && <Text size="xs" c="dimmed">{hint}</Text>}
    </Panel>
  );
}

function Health({ carriers }: { carriers: Told["carriers"] }) {
  const { t } = useTranslation();
  const offered = useOffered();
  if (carriers.length === 0) return <Empty title={t("No carrier has carried anything yet")}>{t("Figures are brought up to date every minute.")}</Empty>;
  return (
    <Stack gap="xs">
      {carriers.map((each) => (
        <Group key={each.carrier} justify="space-between" wrap="nowrap">
          <Text size="sm" truncate>{each.name}</Text>
          <StateBadge state={each.state} />
        </Group>
      ))}
      {offered("listCarrierStates") && <Button component={Link} href="/carriers" variant="default" size="xs" mt="xs" style={{ alignSelf: "flex-start" }}>{t("Binds, windows and errors")}</Button>}
    </Stack>
  );
}

function Days() {
  const { t } = useTranslation();
  const period = { params: { query: { since: utcDay(6), until: utcDay() } } };
  const statistics = $api.useQuery("get", "/v1/routes/statistics", period, { refetchInterval: 60_000 });
  return (
    <Answer of={statistics}>
      {({ items }) => (
        <BarChart
          h={200}
          data={Array.from({ length: 7 }, (_, i) => utcDay(6 - i)).map((day) => {
            const of = items.filter((each) => each.day === day);
            return {
              day: day.slice(5),
              delivered: of.reduce((sum, each) => sum + each.delivered, 0),
              failed: of.reduce((sum, each) => sum + each.undelivered + each.expired + each.rejected + each.failed, 0),
            };
          })}
          dataKey="day"
          type="stacked"
          withLegend
          yAxisProps={{ allowDecimals: false, width: 44 }}
          barProps={{ isAnimationActive: false }}
          series={[{ name: "delivered", color: "green.7", label: t("delivered") }, { name: "failed", color: "red.6", label: t("failed") }]}
          role="img"
          aria-label={t("Delivery by day")}
        />
      )}
    </Answer>
  );
}
