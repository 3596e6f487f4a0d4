/** One-time passwords: try one, see how many are typed back, and what the guard against pumping does. */
import { Badge, Button, Group, Progress, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Rows, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { plainly, useWords } from "../parts/words";
import { Profiles } from "./verify_profile";

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
  const profiles = $api.useQuery("get", "/v1/verify/profiles", { params: { query: { limit: 100 } } });
  const [profile, setProfile] = useState<string | null>(null);
  const chosen = profiles.data?.items.find((each) => each.name === (profile ?? "default"));
  const from = chosen?.from ? undefined : senders.data?.items.find((each) => each.state === "approved")?.name;
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
      setIssued(await done(api.POST("/v1/verify", { params: { header: { "Idempotency-Key": crypto.randomUUID() } }, body: { to, ...(from ? { from } : {}), ...(profile ? { profile } : {}) } as Schemas["VerifyBody"] })));
    });
  const check = () => guarded(async () => setChecked(await done(api.POST("/v1/verify/check", { body: { id: issued!.id, code: typed } }))));
  return (
    <Panel title={t("Try it")}>
      <Stack>
        <form onSubmit={(event) => { event.preventDefault(); void issue(); }}>
          <Group align="flex-end" wrap="nowrap">
            {(profiles.data?.items.length ?? 0) > 1 && <Select label={t("Profile")} w={130} data={profiles.data!.items.map((each) => each.name)} placeholder="default" value={profile} onChange={setProfile} clearable clearButtonProps={{ "aria-label": t("Clear") }} />}
            <TextInput label={t("To")} value={to} onChange={(e) => setTo(e.currentTarget.value)} style={{ flex: 1 }} />
            <Allowed to="issueCode"><Button type="submit">{t("Send a code")}</Button></Allowed>
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
  const [of, setOf] = useState<string | null>(null);
  return (
    <Panel title={t("The last day")}>
      <Answer of={guard}>
        {(data) => {
          const every = data.items.filter((each) => /^[A-Z]{2}$/.test(each.area));
          const countries = every.filter((each) => !of || each.area === of);
          const sum = (of: "asked" | "issued" | "verified") => countries.reduce((total, each) => total + each[of], 0);
          const asked = sum("asked");
          const steps: [string, number][] = [[t("Asked for"), asked], [t("Sent"), sum("issued")], [t("Typed back"), sum("verified")]];
          if (asked === 0) return <Empty title={t("No code was asked for")}>{t("Send one to see how it goes.")}</Empty>;
          return (
            <Stack gap="xs">
              {every.length > 1 && <Select aria-label={t("Country")} size="xs" w={200} placeholder={t("All countries")} data={every.map((each) => ({ value: each.area, label: words.country(each.area) }))} value={of} onChange={setOf} clearable clearButtonProps={{ "aria-label": t("Clear") }} />}
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
  const [kind, setKind] = useState("all");
  const release = async (area: string) => {
    try {
      await done(api.DELETE("/v1/verify/guard/{area}", { params: { path: { area } } }));
      await queries.invalidateQueries({ queryKey: ["get", "/v1/verify/guard"] });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Panel title={t("Guard against pumping")} actions={<SegmentedControl size="xs" aria-label={t("Areas")} value={kind} onChange={setKind} data={[{ value: "all", label: t("all") }, { value: "countries", label: t("Countries") }, { value: "prefixes", label: t("Prefixes") }]} />}>
      <Answer of={guard}>
        {(data) => (
          <Rows label={t("Guard against pumping")} rows={data.items.filter((each) => kind === "all" || /^[A-Z]{2}$/.test(each.area) === (kind === "countries"))} keyOf={(row) => row.area} empty={<Empty title={t("Nothing to guard yet")}>{t("Prefixes and countries appear with the first codes.")}</Empty>}
            columns={[
              { head: t("Area"), cell: (row) => (/^[A-Z]{2}$/.test(row.area) ? words.country(row.area) : `+${row.area}…`) },
              { head: t("Asked for"), cell: (row) => words.number(row.asked), end: true },
              { head: t("Sent"), cell: (row) => words.number(row.issued), end: true, wide: true },
              { head: t("Typed back"), cell: (row) => words.share(row.share), end: true },
              { head: t("Guard"), cell: (row) => <Badge tt="none" color={row.mode === "off" ? "gray" : row.mode === "monitor" ? "blue" : "red"}>{t(row.mode)}</Badge> },
              { head: t("Why"), cell: (row) => (row.why ? plainly(t, row.why) : "–"), wide: true },
              { head: t("Until"), cell: (row) => <When at={row.until} />, wide: true },
              { head: t("Actions"), end: true, cell: (row) => (row.mode !== "off" && may("releaseGuard") ? <Button size="compact-xs" variant="default" onClick={() => void release(row.area)}>{t("Release")}</Button> : null) },
            ]} />
        )}
      </Answer>
    </Panel>
  );
}
