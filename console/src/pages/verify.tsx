/** One-time passwords: try one, see how many are typed back, and what the guard against pumping does. */
import { Badge, Button, Code, Group, NumberInput, Progress, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

const MODES = ["off", "monitor", "filter", "block"] as const;

export default function Verify() {
  const { t } = useTranslation();
  return (
    <Page title={t("Verify")} hint={t("One-time passwords: made, sent and checked here, and guarded against pumping.")}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Try />
        <Funnel />
      </SimpleGrid>
      <Guard />
      <Profiles />
    </Page>
  );
}

function Try() {
  const { t } = useTranslation();
  const [to, setTo] = useState("+8801712345678");
  const [typed, setTyped] = useState("");
  const [issued, setIssued] = useState<Schemas["IssuedView"] | null>(null);
  const [checked, setChecked] = useState<Schemas["CheckedView"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const queries = useQueryClient();
  const senders = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const from = senders.data?.items.find((each) => each.state === "approved")?.name;
  const guarded = async (act: () => Promise<void>) => {
    setError(null);
    try {
      await act();
      await queries.invalidateQueries({ queryKey: ["get", "/v1/verify/guard"] });
    } catch (caught) {
      setError(caught);
    }
  };
  const issue = () =>
    guarded(async () => {
      setChecked(null);
      setIssued(await done(api.POST("/v1/verify", { params: { header: { "Idempotency-Key": crypto.randomUUID() } }, body: { to, ...(from ? { from } : {}) } as Schemas["VerifyBody"] })));
    });
  const check = () => guarded(async () => setChecked(await done(api.POST("/v1/verify/check", { body: { id: issued!.id, code: typed } }))));
  return (
    <Panel title={t("Try it")}>
      <Stack>
        <form onSubmit={(event) => { event.preventDefault(); void issue(); }}>
          <Group align="flex-end" wrap="nowrap">
            <TextInput label={t("To")} value={to} onChange={(e) => setTo(e.currentTarget.value)} style={{ flex: 1 }} />
            <Button type="submit">{t("Send a code")}</Button>
          </Group>
        </form>
        {issued && (
          <form onSubmit={(event) => { event.preventDefault(); void check(); }}>
            <Group align="flex-end" wrap="nowrap">
              <TextInput label={t("Code")} inputMode="numeric" autoComplete="one-time-code" value={typed} onChange={(e) => setTyped(e.currentTarget.value)} style={{ flex: 1 }} />
              <Button type="submit" variant="default">{t("Check")}</Button>
            </Group>
          </form>
        )}
        <Failure error={error} />
        {checked && <Text size="sm" role="status">{checked.valid ? t("That was the code.") : t("That was not the code; {{count}} tries are left.", { count: checked.attempts_left })}</Text>}
      </Stack>
    </Panel>
  );
}

function useGuard() {
  return $api.useQuery("get", "/v1/verify/guard", {}, { refetchInterval: 10_000 });
}

function Funnel() {
  const { t } = useTranslation();
  const words = useWords();
  const guard = useGuard();
  return (
    <Panel title={t("The last day")}>
      <Answer of={guard}>
        {(data) => {
          const countries = data.items.filter((each) => /^[A-Z]{2}$/.test(each.area));
          const sum = (of: "asked" | "issued" | "verified") => countries.reduce((total, each) => total + each[of], 0);
          const asked = sum("asked");
          const steps: [string, number][] = [[t("Asked for"), asked], [t("Sent"), sum("issued")], [t("Typed back"), sum("verified")]];
          if (asked === 0) return <Empty title={t("No code was asked for")}>{t("Send one to see how it goes.")}</Empty>;
          return (
            <Stack gap="xs">
              {steps.map(([name, count]) => (
                <div key={name}>
                  <Group justify="space-between"><Text size="sm">{name}</Text><Text size="sm" fw={600}>{words.number(count)} · {words.share(count / asked)}</Text></Group>
                  <Progress value={(100 * count) / asked} size="lg" aria-label={name} />
                </div>
              ))}
            </Stack>
          );
        }}
      </Answer>
    </Panel>
  );
}

function Guard() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const may = useOffered();
  const guard = useGuard();
  const release = async (area: string) => {
    try {
      await done(api.DELETE("/v1/verify/guard/{area}", { params: { path: { area } } }));
      await queries.invalidateQueries({ queryKey: ["get", "/v1/verify/guard"] });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Panel title={t("Guard against pumping")}>
      <Answer of={guard}>
        {(data) => (
          <Rows label={t("Guard against pumping")} rows={data.items} keyOf={(row) => row.area} empty={<Empty title={t("Nothing to guard yet")}>{t("Prefixes and countries appear with the first codes.")}</Empty>}
            columns={[
              { head: t("Area"), cell: (row) => (/^[A-Z]{2}$/.test(row.area) ? words.country(row.area) : `+${row.area}…`) },
              { head: t("Asked for"), cell: (row) => words.number(row.asked), end: true },
              { head: t("Sent"), cell: (row) => words.number(row.issued), end: true, wide: true },
              { head: t("Typed back"), cell: (row) => words.share(row.share), end: true },
              { head: t("Guard"), cell: (row) => <Badge tt="none" color={row.mode === "off" ? "gray" : row.mode === "monitor" ? "blue" : "red"}>{t(row.mode)}</Badge> },
              { head: t("Until"), cell: (row) => <When at={row.until} />, wide: true },
              { head: t("Actions"), end: true, cell: (row) => (row.mode !== "off" && may("releaseGuard") ? <Button size="compact-xs" variant="default" onClick={() => void release(row.area)}>{t("Release")}</Button> : null) },
            ]} />
        )}
      </Answer>
    </Panel>
  );
}

const DRAFT = { name: "default", text: "Your code is {{code}}", length: 6, ttl: 600, attempts: 5, mode: "filter" };

function Profiles() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [draft, setDraft] = useState(DRAFT);
  const list = $api.useQuery("get", "/v1/verify/profiles", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/verify/profiles"] });
  const save = async () => {
    const body = {
      name: draft.name, length: draft.length, ttl_seconds: draft.ttl, max_attempts: draft.attempts,
      texts: { "": draft.text }, guard: { mode: draft.mode as "filter" },
    };
    await done(api.POST("/v1/verify/profiles", { body }));
    await again();
  };
  const make = <Button size="xs" leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("New profile")}</Button>;
  return (
    <Panel title={t("Profiles")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Profiles")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No profile yet")}>{t("Codes look as the house makes them: six digits, good for ten minutes.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => row.name },
              { head: t("Text"), cell: (row) => <Code>{row.texts[""] ?? "–"}</Code>, wide: true },
              { head: t("Length"), cell: (row) => row.length, end: true },
              { head: t("Good for"), cell: (row) => t("{{count}} s", { count: row.ttl_seconds }), end: true, wide: true },
              { head: t("Guard"), cell: (row) => <StateBadge state={row.guard.mode ?? "monitor"} /> },
              { head: t("Actions"), end: true, cell: (row) => <Remove what={row.name} consequence={t("Codes that were sent stay as they are.")} act={async () => { await done(api.DELETE("/v1/verify/profiles/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
            ]} />
        )}
      </Answer>
      <Form title={t("New profile")} opened={opened} close={() => setOpened(false)} save={save}>
        <TextInput label={t("Name")} value={draft.name} onChange={(e) => setDraft({ ...draft, name: e.currentTarget.value })} required data-autofocus />
        <Textarea label={t("Text")} value={draft.text} onChange={(e) => setDraft({ ...draft, text: e.currentTarget.value })} required autosize />
        <Group grow>
          <NumberInput label={t("Length")} min={4} max={12} value={draft.length} onChange={(value) => setDraft({ ...draft, length: Number(value) })} />
          <NumberInput label={t("Good for, seconds")} min={30} value={draft.ttl} onChange={(value) => setDraft({ ...draft, ttl: Number(value) })} />
          <NumberInput label={t("Tries")} min={1} max={20} value={draft.attempts} onChange={(value) => setDraft({ ...draft, attempts: Number(value) })} />
        </Group>
        <Select label={t("Guard")} data={MODES.map((each) => ({ value: each, label: t(each) }))} value={draft.mode} onChange={(value) => value && setDraft({ ...draft, mode: value })} allowDeselect={false} />
      </Form>
    </Panel>
  );
}
