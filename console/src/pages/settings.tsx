/** One's own: language, zone, colours, password, second factor, and where one is signed in. */
import { Alert, Anchor, Badge, Button, Code, Group, PasswordInput, SegmentedControl, Select, SimpleGrid, Stack, Text, TextInput, useMantineColorScheme } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { QRCodeSVG } from "qrcode.react";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { LANGUAGES, speak, type Language } from "../i18n";
import { Copy, done, Remove, Rows, When } from "../parts/bits";
import { Answer, Failure, Page, Panel } from "../parts/page";
import { HERE, useWords, useZone, ZONES } from "../parts/words";

export default function Settings() {
  const { t } = useTranslation();
  const { session } = useSession();
  return (
    <Page title={t("Settings")}>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Looks />
        {session?.person && <Password />}
        {session?.person && <SecondFactor />}
        <About />
      </SimpleGrid>
      {session?.person && <Sessions />}
    </Page>
  );
}

function About() {
  const { t } = useTranslation();
  return (
    <Panel title={t("About")}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm" c="dimmed">{t("Heliograph, a self-hosted SMS platform. This console asks its API and nobody else.")}</Text>
        <Anchor size="sm" href="/docs" target="_blank">{t("API documentation")}</Anchor>
        <Anchor size="sm" href="/console/licences.txt" target="_blank">{t("Licences of the packages in this console")}</Anchor>
      </Stack>
    </Panel>
  );
}

function Looks() {
  const { t, i18n } = useTranslation();
  const words = useWords();
  const [zone, setZone] = useZone();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Panel title={t("How it looks")}>
      <Stack>
        <Select label={t("Language")} data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))} value={i18n.language} onChange={(value) => value && void speak(value as Language)} allowDeselect={false} />
        <Select label={t("Time zone")} description={t("Now it is {{time}}; this machine says {{zone}}.", { time: words.when(new Date().toISOString()), zone: HERE })} data={ZONES} value={zone} onChange={(value) => value && setZone(value)} searchable allowDeselect={false} />
        <div>
          <Text size="sm" fw={500} mb={4}>{t("Colours")}</Text>
          <SegmentedControl aria-label={t("Colours")} value={colorScheme} onChange={(value) => setColorScheme(value as "auto")} data={[{ value: "auto", label: t("As the system") }, { value: "light", label: t("Light") }, { value: "dark", label: t("Dark") }]} />
        </div>
      </Stack>
    </Panel>
  );
}

function useSubmit(act: () => Promise<void>) {
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
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
  return { error, busy, submit: (event: FormEvent) => void submit(event) };
}

function Password() {
  const { t } = useTranslation();
  const { enter } = useSession();
  const [password, setPassword] = useState("");
  const [fresh, setFresh] = useState("");
  const { error, busy, submit } = useSubmit(async () => {
    enter(await done(api.PUT("/v1/session/password", { body: { password, new_password: fresh } })));
    setPassword("");
    setFresh("");
    notifications.show({ color: "green", message: t("The password is changed; everywhere else you are signed out.") });
  });
  const toggle = { "aria-label": t("Show or hide") };
  return (
    <Panel title={t("Password")}>
      <form onSubmit={submit}>
        <Stack>
          <PasswordInput label={t("Present password")} autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} required visibilityToggleButtonProps={toggle} />
          <PasswordInput label={t("New password")} description={t("Twelve characters at least; a sentence is good.")} autoComplete="new-password" minLength={12} value={fresh} onChange={(e) => setFresh(e.currentTarget.value)} required visibilityToggleButtonProps={toggle} />
          <Failure error={error} />
          <Group justify="flex-end"><Button type="submit" loading={busy}>{t("Change the password")}</Button></Group>
        </Stack>
      </form>
    </Panel>
  );
}

function SecondFactor() {
  const { t } = useTranslation();
  const { session, enter } = useSession();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [begun, setBegun] = useState<Schemas["SecondFactorView"] | null>(null);
  const on = session?.person?.second_factor ?? false;
  const codes = session?.recovery_codes ?? [];
  const { error, busy, submit } = useSubmit(async () => {
    if (on) enter(await done(api.POST("/v1/session/second-factor/end", { body: { password } })));
    else if (begun) {
      enter(await done(api.POST("/v1/session/second-factor/confirm", { body: { code } })));
      setBegun(null);
    } else setBegun(await done(api.POST("/v1/session/second-factor/begin", { body: { password } })));
    setPassword("");
    setCode("");
  });
  return (
    <Panel title={t("Second factor")} actions={<Badge color={on ? "green" : "gray"} tt="none">{on ? t("on") : t("off")}</Badge>}>
      <form onSubmit={submit}>
        <Stack>
          {codes.length > 0 && (
            <Alert color="yellow" title={t("Keep these recovery codes: they are shown once")}>
              <Group gap="xs"><Code block>{codes.join("\n")}</Code><Copy value={codes.join("\n")} /></Group>
            </Alert>
          )}
          {begun ? (
            <>
              <Text size="sm">{t("Scan this with an authenticator app, then type the code that it shows.")}</Text>
              <Group><QRCodeSVG value={begun.uri} size={144} marginSize={2} title={t("For the authenticator app")} /><Group gap={2}><Code>{begun.secret}</Code><Copy value={begun.secret} /></Group></Group>
              <TextInput label={t("Code")} inputMode="numeric" autoComplete="one-time-code" value={code} onChange={(e) => setCode(e.currentTarget.value)} required />
            </>
          ) : (
            <>
              <Text size="sm" c="dimmed">{on ? t("A code is asked for at each sign-in.") : t("A code from your phone makes a stolen password useless.")}</Text>
              <PasswordInput label={t("Present password")} autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} required visibilityToggleButtonProps={{ "aria-label": t("Show or hide") }} />
            </>
          )}
          <Failure error={error} />
          <Group justify="flex-end"><Button type="submit" variant={on ? "default" : "filled"} loading={busy}>{on ? t("Switch it off") : begun ? t("Confirm") : t("Switch it on")}</Button></Group>
        </Stack>
      </form>
    </Panel>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const list = $api.useQuery("get", "/v1/sessions");
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/sessions"] });
  const endOthers = async () => {
    await done(api.DELETE("/v1/sessions"));
    await again();
  };
  return (
    <Panel title={t("Where you are signed in")} actions={<Button size="xs" variant="default" onClick={() => void endOthers()}>{t("Sign out everywhere else")}</Button>}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Where you are signed in")} rows={data.items} keyOf={(row) => row.id} empty={null}
            columns={[
              { head: t("Browser"), cell: (row) => <Text size="sm" lineClamp={1}>{row.agent}</Text> },
              { head: t("From"), cell: (row) => row.address },
              { head: t("Seen"), cell: (row) => <When at={row.seen_at} />, wide: true },
              { head: t("Actions"), end: true, cell: (row) => (row.current ? <Badge color="green" tt="none">{t("this one")}</Badge> : <Remove word={t("Sign out")} what={row.agent} consequence={t("Whoever uses that browser has to sign in again.")} act={async () => { await done(api.DELETE("/v1/sessions/{id}", { params: { path: { id: row.id } } })); await again(); }} />) },
            ]} />
        )}
      </Answer>
    </Panel>
  );
}
