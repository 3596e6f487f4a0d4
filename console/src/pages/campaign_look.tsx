/** The wizard's last step: how many, what it costs, how it looks; nothing was sent yet. */
import { Alert, Badge, Group, Progress, SimpleGrid, Stack, Text } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Rows } from "../parts/bits";
import { Handset } from "../parts/handset";
import { Panel, Waiting } from "../parts/page";
import { momentIn, plainly, useWords } from "../parts/words";
import type { Draft } from "./campaign_draft";

type Estimate = Schemas["BroadcastEstimateView"];

export function Look({ draft, estimate, ask, failed }: { draft: Draft; estimate: Estimate | null; ask: () => void; failed: boolean }) {
  useEffect(() => {
    if (!estimate && !failed) ask();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- asked once for each visit of the step
  }, [estimate === null, failed]);
  if (!estimate) return failed ? null : <Waiting />;
  return <Known draft={draft} estimate={estimate} />;
}

function Known({ draft, estimate }: { draft: Draft; estimate: Estimate }) {
  const { t } = useTranslation();
  const words = useWords();
  const samples = estimate.sample.filter((each) => !each.skipped).slice(0, 3);
  const skipped = Object.entries(estimate.skipped).filter(([, count]) => count > 0);
  const facts: [string, string][] = [
    [t("Recipients"), words.number(estimate.recipients)],
    [estimate.exact ? t("Messages") : t("Messages, about"), words.number(estimate.messages)],
    [estimate.exact ? t("Parts") : t("Parts, about"), words.number(estimate.parts)],
    [estimate.exact ? t("Price") : t("Price, about"), words.money(estimate.price, estimate.currency)],
  ];
  return (
    <Stack>
      <Group gap="xl">
        {facts.map(([name, value]) => <div key={name}><Text size="xs" c="dimmed">{name}</Text><Text fw={650} fz="lg">{value}</Text></div>)}
      </Group>
      <Summary draft={draft} estimate={estimate} />
      {!estimate.exact && <Text size="sm" c="dimmed">{t("Reckoned from {{number}} recipients, spread over the lists.", { number: words.number(estimate.looked_at) })}</Text>}
      {skipped.length > 0 && <Group gap="xs"><Text size="sm">{t("Left out")}:</Text>{skipped.map(([why, count]) => <Badge key={why} variant="default" tt="none">{plainly(t, why)}: {words.number(count)}</Badge>)}</Group>}
      {estimate.messages === 0 && <Alert color="yellow">{t("Nobody would get it.")}</Alert>}
      {estimate.shares.length > 0 && <Shares estimate={estimate} />}
      {samples.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
          {samples.map((each) => (
            <Handset key={each.to} from={each.from ?? ""} text={each.text} foot={<Text size="xs" c="dimmed" ta="center">+{each.to} · {each.encoding?.toUpperCase()} · {t("{{count}} part(s)", { count: each.parts })}</Text>} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

function Summary({ draft, estimate }: { draft: Draft; estimate: Estimate }) {
  const { t } = useTranslation();
  const words = useWords();
  const lines = [
    draft.when === "at" && draft.local ? t("It goes out on {{when}} by your clock ({{local}} in {{zone}}).", { when: words.when(momentIn(draft.zone, draft.local)), local: draft.local.replace("T", " "), zone: draft.zone }) : draft.when === "trigger" ? t("It waits for its trigger.") : t("It goes out at once."),
    draft.delayMinutes > 0 ? t("{{count}} minutes later, to be exact.", { count: draft.delayMinutes }) : "",
    draft.quiet ? t("Nobody gets it between {{from}} and {{to}} by the recipient's clock.", { from: draft.quietFrom, to: draft.quietTo }) : "",
    draft.smart && draft.audience === "lists" ? t("First {{number}} recipients, for {{price}}; the others later.", { number: words.number(estimate.first_segment), price: words.money(estimate.first_price, estimate.currency) }) : "",
  ];
  return <Text size="sm">{lines.filter(Boolean).join(" ")}</Text>;
}

/** How many parts the messages have, and where they go: what the price is made of. */
function Shares({ estimate }: { estimate: Estimate }) {
  const { t } = useTranslation();
  const words = useWords();
  const all = Math.max(1, estimate.messages);
  return (
    <Panel title={t("What the price is made of")}>
      <Rows label={t("What the price is made of")} rows={estimate.shares} keyOf={(row) => `${row.country} ${row.parts}`} empty={null}
        columns={[
          { head: t("Country"), cell: (row) => words.country(row.country) },
          { head: t("Parts each"), cell: (row) => words.number(row.parts), end: true },
          { head: t("Messages"), cell: (row) => words.number(row.messages), end: true },
          { head: t("Share"), cell: (row) => <Progress value={(100 * row.messages) / all} w={120} aria-label={t("Share of the messages")} />, wide: true },
          { head: t("Price"), cell: (row) => words.money(row.price, estimate.currency), end: true },
        ]} />
    </Panel>
  );
}
