/** How carriers stand, as the processes that have them say: binds, windows, speed, errors. */
import { Box, Progress, Text, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Rows, StateBadge } from "../parts/bits";
import { Empty, Panel } from "../parts/page";
import { useWords } from "../parts/words";

export type CarrierState = Schemas["CarrierStateView"];

/** How much of a window is in use. */
export function Filled({ used, size }: { used: number; size: number }) {
  const words = useWords();
  const { t } = useTranslation();
  return (
    <Box miw={84}>
      <Text size="sm" ta="right" style={{ whiteSpace: "nowrap" }}>{words.number(used)} <Text span size="xs" c="dimmed">/ {words.number(size)}</Text></Text>
      <Progress size={4} value={size ? Math.min(100, (used / size) * 100) : 0} color={used >= size ? "yellow.7" : "blue.6"} aria-label={t("Window in use")} />
    </Box>
  );
}

function Trouble({ error, at }: { error?: string; at?: string | null }) {
  const words = useWords();
  if (!error) return <>–</>;
  return (
    <Box maw={300}>
      <Tooltip label={error} multiline maw={420} withArrow><Text size="sm" lineClamp={2} tabIndex={0}>{error}</Text></Tooltip>
      <Text size="xs" c="dimmed">{words.when(at)}</Text>
    </Box>
  );
}

interface Row {
  key: string;
  name: string;
  process: number;
  state: string;
  since?: string | null;
  kind: string;
  under_way: number;
  window: number;
  rate: number;
  throttled: number;
  error?: string;
  error_at?: string | null;
}

/** Every connection; a carrier without any to tell of (the simulated one) stands for itself. */
function rowsOf(states: CarrierState[]): Row[] {
  return states.flatMap((carrier) =>
    carrier.processes.flatMap((process): Row[] =>
      process.connections.length
        ? process.connections.map((each) => ({
            key: `${process.process} ${each.name}`, name: each.name, process: process.process, state: each.up ? "up" : "down", since: each.since, kind: each.kind,
            under_way: each.under_way, window: each.window, rate: each.submitted_per_second, throttled: each.throttled, error: each.last_error, error_at: each.last_error_at,
          }))
        : [{
            key: `${process.process} ${carrier.carrier}`, name: carrier.name, process: process.process, state: process.up ? "up" : "down", kind: carrier.kind,
            under_way: process.under_way, window: process.window, rate: process.submitted_per_second, throttled: process.throttled, error: process.last_error, error_at: process.last_error_at,
          }],
    ),
  );
}

export function Connections({ states }: { states: CarrierState[] }) {
  const { t } = useTranslation();
  const words = useWords();
  const rows = rowsOf(states);
  const several = new Set(rows.map((each) => each.process)).size > 1;
  return (
    <Panel title={t("Binds and connections")}>
      <Rows
        label={t("Binds and connections")}
        rows={rows}
        keyOf={(row) => row.key}
        empty={<Empty title={t("No carrier is open")}>{t("One that is switched on appears here within seconds.")}</Empty>}
        columns={[
          {
            head: t("Connection"),
            cell: (row) => (
              <>
                <Text size="sm">{row.name}</Text>
                <Text size="xs" c="dimmed">{[row.name.includes(row.kind) ? "" : t(row.kind), several ? t("process {{number}}", { number: row.process }) : ""].filter(Boolean).join(" · ")}</Text>
                {row.error && <Text size="xs" c="var(--mantine-color-error)" hiddenFrom="sm" style={{ overflowWrap: "anywhere" }}>{row.error}</Text>}
              </>
            ),
          },
          { head: t("State"), cell: (row) => <><StateBadge state={row.state} />{row.since && <Text size="xs" c="dimmed">{words.when(row.since)}</Text>}</> },
          { head: t("Window in use"), cell: (row) => <Filled used={row.under_way} size={row.window} />, end: true, wide: true },
          { head: t("Sent a second"), cell: (row) => words.number(row.rate), end: true },
          { head: t("Throttled"), cell: (row) => words.number(row.throttled), end: true, wide: true },
          { head: t("Last error"), cell: (row) => <Trouble error={row.error} at={row.error_at} />, wide: true },
        ]}
      />
      <Text size="xs" c="dimmed" mt="xs">{t("Throttled counts since the connection was first opened.")}</Text>
    </Panel>
  );
}
