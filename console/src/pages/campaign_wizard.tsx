/** A campaign in four steps: to whom, what, when, and a look at what it will be before it is sent. */
import { Alert, Badge, Button, Checkbox, Group, MultiSelect, Select, Stack, Stepper, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done } from "../parts/bits";
import { Failure, Page, Panel } from "../parts/page";
import { momentIn, useWords, useZone, ZONES } from "../parts/words";

interface Draft {
  name: string;
  lists: string[];
  suppressions: string[];
  from: string | null;
  text: string;
  kind: "promotional" | "transactional";
  smart: boolean;
  later: boolean;
  local: string;
  zone: string;
  quiet: boolean;
  quietFrom: string;
  quietTo: string;
}

function bodyOf(draft: Draft, estimate?: string): Schemas["BroadcastBody"] {
  return {
    name: draft.name, lists: draft.lists, suppressions: draft.suppressions, text: draft.text, from: draft.from,
    class: draft.kind, smart_encoding: draft.smart,
    ...(draft.later && draft.local ? { send_at: momentIn(draft.zone, draft.local) } : {}),
    ...(draft.quiet ? { quiet_hours: { start: `${draft.quietFrom}:00`, end: `${draft.quietTo}:00` } } : {}),
    ...(estimate ? { estimate } : {}),
  } as Schemas["BroadcastBody"];
}

export function Wizard() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const [zone] = useZone();
  const [step, setStep] = useState(0);
  const [draft, setDraft] = useState<Draft>({
    name: "", lists: [], suppressions: [], from: null, text: "", kind: "promotional", smart: true, later: false, local: "", zone, quiet: false, quietFrom: "21:00", quietTo: "09:00",
  });
  const [estimate, setEstimate] = useState<Schemas["BroadcastEstimateView"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const ready = [draft.lists.length > 0 && draft.name !== "", draft.text !== "" && draft.from !== null, !draft.later || draft.local !== ""][step] ?? true;
  const guarded = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const forward = () =>
    guarded(async () => {
      if (step === 2) setEstimate(await done(api.POST("/v1/broadcasts/estimate", { body: bodyOf(draft) })));
      setStep(step + 1);
    });
  const start = () =>
    guarded(async () => {
      const made = await done(api.POST("/v1/broadcasts", { body: bodyOf(draft, estimate?.estimate), params: { header: { "Idempotency-Key": crypto.randomUUID() } } }));
      go(`/campaigns/${made.id}`);
    });
  return (
    <Page title={t("New campaign")} actions={<Button component={Link} href="/campaigns" variant="default">{t("All campaigns")}</Button>}>
      <Panel>
        <Stepper active={step} onStepClick={(wanted) => wanted < step && setStep(wanted)} size="sm" allowNextStepsSelect={false}>
          <Stepper.Step label={t("To whom")}><Whom draft={draft} set={set} /></Stepper.Step>
          <Stepper.Step label={t("What")}><What draft={draft} set={set} /></Stepper.Step>
          <Stepper.Step label={t("When")}><Time draft={draft} set={set} /></Stepper.Step>
          <Stepper.Step label={t("Look and send")}>{estimate && <Last estimate={estimate} />}</Stepper.Step>
        </Stepper>
        <Failure error={error} />
        <Group justify="flex-end" mt="lg">
          {step > 0 && <Button variant="default" onClick={() => setStep(step - 1)}>{t("Back")}</Button>}
          {step < 3 ? (
            <Button disabled={!ready} loading={busy} onClick={() => void forward()}>{t("Further")}</Button>
          ) : (
            <Button loading={busy} onClick={() => void start()}>{draft.later ? t("Schedule") : t("Send now")}</Button>
          )}
        </Group>
      </Panel>
    </Page>
  );
}

interface Part {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

function Whom({ draft, set }: Part) {
  const { t } = useTranslation();
  const words = useWords();
  const lists = $api.useQuery("get", "/v1/lists", { params: { query: { limit: 100 } } });
  const left = $api.useQuery("get", "/v1/suppressions", { params: { query: { limit: 100 } } });
  const named = (each: Schemas["ListView"]) => ({ value: each.id, label: `${each.name} (${words.number(each.count)})` });
  return (
    <Stack mt="md" maw={560}>
      <TextInput label={t("Name")} value={draft.name} onChange={(e) => set({ name: e.currentTarget.value })} required />
      <MultiSelect label={t("Lists of recipients")} data={lists.data?.items.filter((each) => each.enabled).map(named) ?? []} value={draft.lists} onChange={(chosen) => set({ lists: chosen })} required searchable />
      {lists.data?.items.length === 0 && <Alert>{t("There is no list yet.")} <Link href="/lists">{t("Import one")}</Link></Alert>}
      {(left.data?.items.length ?? 0) > 0 && <MultiSelect label={t("Leave out who is on")} data={left.data?.items.map(named) ?? []} value={draft.suppressions} onChange={(chosen) => set({ suppressions: chosen })} />}
      <Text size="sm" c="dimmed">{t("Whoever opted out is left out in any case, and nobody gets it twice.")}</Text>
    </Stack>
  );
}

function What({ draft, set }: Part) {
  const { t } = useTranslation();
  const offered = useOffered();
  const senders = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const numbers = $api.useQuery("get", "/v1/numbers", { params: { query: { limit: 100 } } });
  const links = $api.useQuery("get", "/v1/links", { params: { query: { limit: 100 } } }, { enabled: offered("listLinks") });
  const names = [...new Set([...(senders.data?.items.filter((each) => each.state === "approved").map((each) => each.name) ?? []), ...(numbers.data?.items.map((each) => each.msisdn) ?? [])])];
  const tokens = [
    { token: "{{first_name}}", name: t("first_name") },
    ...(links.data?.items.filter((each) => each.enabled).map((each) => ({ token: `{{link:${each.id.split("_")[1] ?? ""}}}`, name: each.name })) ?? []),
    { token: "{{unsubscription_link}}", name: t("link to opt out") },
  ];
  return (
    <Stack mt="md" maw={640}>
      <Group grow>
        <Select label={t("Sender")} data={names} value={draft.from} onChange={(from) => set({ from })} required searchable />
        <Select label={t("Kind")} data={["promotional", "transactional"].map((each) => ({ value: each, label: t(each) }))} value={draft.kind} onChange={(kind) => kind && set({ kind: kind as "promotional" })} allowDeselect={false} />
      </Group>
      <Textarea label={t("Text")} autosize minRows={4} value={draft.text} onChange={(e) => set({ text: e.currentTarget.value })} required />
      <Group gap="xs">
        <Text size="sm">{t("Put in:")}</Text>
        {tokens.map((each) => <Button key={each.token} size="compact-xs" variant="default" onClick={() => set({ text: `${draft.text}${each.token}` })}>{each.name}</Button>)}
      </Group>
      <Checkbox label={t("Replace unusual characters that make it dearer")} checked={draft.smart} onChange={(e) => set({ smart: e.currentTarget.checked })} />
    </Stack>
  );
}

function Time({ draft, set }: Part) {
  const { t } = useTranslation();
  return (
    <Stack mt="md" maw={560}>
      <Checkbox label={t("Send later")} checked={draft.later} onChange={(e) => set({ later: e.currentTarget.checked })} />
      {draft.later && (
        <Group grow>
          <TextInput type="datetime-local" label={t("When")} value={draft.local} onChange={(e) => set({ local: e.currentTarget.value })} required />
          <Select label={t("Time zone")} data={ZONES} value={draft.zone} onChange={(zone) => zone && set({ zone })} searchable allowDeselect={false} />
        </Group>
      )}
      <Checkbox label={t("Quiet hours, by the recipients' clocks")} checked={draft.quiet} onChange={(e) => set({ quiet: e.currentTarget.checked })} />
      {draft.quiet && (
        <Group grow>
          <TextInput type="time" label={t("From")} value={draft.quietFrom} onChange={(e) => set({ quietFrom: e.currentTarget.value })} />
          <TextInput type="time" label={t("Until")} value={draft.quietTo} onChange={(e) => set({ quietTo: e.currentTarget.value })} />
        </Group>
      )}
    </Stack>
  );
}

function Last({ estimate }: { estimate: Schemas["BroadcastEstimateView"] }) {
  const { t } = useTranslation();
  const words = useWords();
  const sample = estimate.sample.find((each) => !each.skipped);
  const skipped = Object.entries(estimate.skipped).filter(([, count]) => count > 0);
  return (
    <Stack mt="md">
      <Group gap="xl">
        {[[t("Recipients"), words.number(estimate.recipients)], [t("Messages"), words.number(estimate.messages)], [t("Parts"), words.number(estimate.parts)], [estimate.exact ? t("Price") : t("Price, about"), words.money(estimate.price, estimate.currency)]].map(([name, value]) => (
          <div key={name}><Text size="xs" c="dimmed">{name}</Text><Text fw={650} fz="lg">{value}</Text></div>
        ))}
      </Group>
      {skipped.length > 0 && <Group gap="xs"><Text size="sm">{t("Left out")}:</Text>{skipped.map(([why, count]) => <Badge key={why} variant="default" tt="none">{why.replaceAll("_", " ")}: {words.number(count)}</Badge>)}</Group>}
      {sample ? (
        <div style={{ display: "flex", flexDirection: "column", maxWidth: 420 }}>
          <Text size="xs" c="dimmed" mb={4}>{t("As +{{to}} will see it", { to: sample.to })} · {sample.encoding?.toUpperCase()} · {t("{{count}} part(s)", { count: sample.parts })}</Text>
          <div className="bubble bubble-in">{sample.text}</div>
        </div>
      ) : (
        <Alert color="yellow">{t("Nobody would get it.")}</Alert>
      )}
    </Stack>
  );
}
