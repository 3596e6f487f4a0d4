/** What the server has counted: the last hour, where messages stand, what waits, how carriers and countries fare. */
import { Box, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Rows, StateBadge, type Column } from "../parts/bits";
import { AreaChart } from "../parts/charts";
import { Empty } from "../parts/page";
import { useWords } from "../parts/words";

type Told = Schemas["OverviewView"];
type Fared = Schemas["CarrierFaredView"] & Schemas["CountryFaredView"];

/** In the order of a message's life; the same colours as its badges. */
const STATES = [
  ["scheduled", "gray.5"], ["queued", "gray.7"], ["uncertain", "yellow.7"], ["sent", "blue.6"], ["delivered", "green.7"],
  ["undelivered", "red.6"], ["expired", "orange.7"], ["rejected", "red.8"], ["failed", "red.9"], ["cancelled", "gray.4"],
] as const;

export function LastHour({ minutes }: { minutes: Told["minutes"] }) {
  const { t } = useTranslation();
  const words = useWords();
  const whole = minutes.slice(0, -1); // the last one is not over and would look like a fall
  const quiet = whole.every((each) => !each.accepted && !each.sent && !each.delivered && !each.failed);
  if (quiet) return <Empty title={t("Nothing happened in the last hour")}>{t("Figures are brought up to date every minute.")}</Empty>;
  return (
    <AreaChart
      h={220}
      data={whole.map((each) => ({ ...each, at: words.minute(each.at) }))}
      valueFormatter={words.number}
      dataKey="at"
      series={[
        { name: "accepted", color: "gray.6", label: t("accepted") },
        { name: "sent", color: "blue.6", label: t("sent") },
        { name: "delivered", color: "green.7", label: t("delivered") },
        { name: "failed", color: "red.6", label: t("failed") },
      ]}
      withDots={false}
      withLegend
      curveType="monotone"
      yAxisProps={{ allowDecimals: false, width: 44 }}
      xAxisProps={{ interval: 14 }}
      areaProps={{ isAnimationActive: false }}
      role="img"
      aria-label={t("The last hour by the minute")}
    />
  );
}

export function Standing({ states }: { states: Told["states"] }) {
  const { t } = useTranslation();
  const words = useWords();
  const shown = STATES.map(([state, color]) => ({ state, color, count: states[state] ?? 0 })).filter((each) => each.count > 0);
  const all = shown.reduce((sum, each) => sum + each.count, 0);
  if (!all) return <Empty title={t("Nothing was accepted within a day")}>{t("Figures are brought up to date every minute.")}</Empty>;
  return (
    <Stack gap="md">
      <Progress.Root size={18} role="img" aria-label={shown.map((each) => `${t(each.state)}: ${words.number(each.count)}`).join(", ")}>
        {shown.map((each) => <Progress.Section key={each.state} value={(each.count / all) * 100} color={each.color} aria-hidden role="presentation" />)}
      </Progress.Root>
      <SimpleGrid cols={{ base: 2, xs: 3, lg: 2, xl: 3 }} spacing="xs" verticalSpacing={6}>
        {shown.map((each) => (
          <Group key={each.state} justify="space-between" wrap="nowrap" gap="xs">
            <Group gap={6} wrap="nowrap" style={{ minWidth: 0 }}>
              <Box w={10} h={10} bg={each.color} style={{ borderRadius: 3, flex: "none" }} aria-hidden />
              <Text size="sm" truncate>{t(each.state)}</Text>
            </Group>
            <Text size="sm" fw={600} title={words.share(each.count / all)}>{words.number(each.count)}</Text>
          </Group>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

export function Queues({ queue }: { queue: Told["queue"] }) {
  const { t } = useTranslation();
  const words = useWords();
  const lines = [
    { name: t("Waiting to be sent"), count: queue.waiting, since: queue.oldest_due_at },
    { name: t("With a carrier, unanswered"), count: queue.with_carrier, since: null },
    { name: t("Callbacks waiting"), count: queue.callbacks, since: queue.oldest_callback_at },
  ];
  return (
    <Stack gap="sm">
      {lines.map((each) => (
        <Group key={each.name} justify="space-between" wrap="nowrap">
          <Box>
            <Text size="sm">{each.name}</Text>
            {each.since && <Text size="xs" c="dimmed">{t("the oldest since {{time}}", { time: words.when(each.since) })}</Text>}
          </Box>
          <Text fz="lg" fw={650}>{words.number(each.count)}</Text>
        </Group>
      ))}
    </Stack>
  );
}

/** The middle one, and the one that nineteen of twenty are quicker than. */
function Took({ timing }: { timing: Schemas["TimingView"] | null | undefined }) {
  const words = useWords();
  if (!timing) return <>–</>;
  return (
    <Box style={{ whiteSpace: "nowrap" }}>
      <Text size="sm">{words.span(timing.p50_ms)}</Text>
      <Text size="xs" c="dimmed">{words.span(timing.p95_ms)}</Text>
    </Box>
  );
}

export function ByCarrier({ told }: { told: Told }) {
  const { t } = useTranslation();
  const health = new Map(told.carriers.map((each) => [each.carrier, each]));
  const first: Column<Partial<Fared>> = {
    head: t("Carrier"),
    cell: (row) => {
      const known = row.carrier ? health.get(row.carrier) : undefined;
      return (
        <Group gap={4}>
          <Text size="sm" truncate maw={160}>{row.carrier ? (known?.name ?? row.carrier) : t("none")}</Text>
          {known && <StateBadge state={known.state} />}
        </Group>
      );
    },
  };
  return <Faring label={t("Delivery by carrier")} rows={told.by_carrier} first={first} keyOf={(row) => row.carrier ?? ""} />;
}

export function ByCountry({ told }: { told: Told }) {
  const { t } = useTranslation();
  const words = useWords();
  return <Faring label={t("Delivery by country")} rows={told.by_country} first={{ head: t("Country"), cell: (row) => words.country(row.country) }} keyOf={(row) => row.country ?? ""} />;
}

function Faring({ label, rows, first, keyOf }: { label: string; rows: Partial<Fared>[]; first: Column<Partial<Fared>>; keyOf: (row: Partial<Fared>) => string }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <>
      <Rows
        label={label}
        rows={rows}
        keyOf={keyOf}
        empty={<Empty title={t("Nothing was sent within a day")}>{t("Figures are brought up to date every minute.")}</Empty>}
        columns={[
          first,
          { head: t("Sent"), cell: (row) => words.number(row.sent ?? 0), end: true },
          { head: t("Delivered"), cell: (row) => words.share(row.delivered_share), end: true },
          { head: t("To carrier"), cell: (row) => <Took timing={row.to_carrier} />, end: true, wide: true },
          { head: t("To handset"), cell: (row) => <Took timing={row.to_handset} />, end: true },
        ]}
      />
      {rows.length > 0 && (
        <Text size="xs" c="dimmed" mt="xs">
          {t("Delivered: of those whose end is known. Times: half are quicker; below, 95 % are quicker.")}
        </Text>
      )}
    </>
  );
}
