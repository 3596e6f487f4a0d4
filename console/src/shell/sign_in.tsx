/** The door: e-mail and password, a code where one is asked for, or an API key that this tab only remembers. */
import { Anchor, Box, Button, Center, Container, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSession, type Refused } from "../api/session";
import { Failure } from "../parts/page";
import { LanguageMenu, Mark, SchemeButton } from "./chrome";

export function SignIn() {
  const { t } = useTranslation();
  const { signIn, giveCode, signInByKey, state, signOut, peopled } = useSession();
  const wantsCode = state === "code";
  const [keyed, setKeyed] = useState(false);
  const byKey = keyed || !peopled;
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [key, setKey] = useState("");
  const [refusal, setRefusal] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      setRefusal(wantsCode ? await giveCode(code.replaceAll(" ", "")) : byKey ? await signInByKey(key.trim()) : await signIn(email.trim(), password));
    } catch {
      setRefusal({ status: 0, code: "unreachable", detail: "unreachable" });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Box component="main" mih="100vh">
      <Group justify="flex-end" p="sm" gap={4}><LanguageMenu /><SchemeButton /></Group>
      <Container size={420} pt="8vh">
        <Center mb="lg"><Mark /></Center>
        <Paper p="xl" shadow="sm">
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <Title order={1} size="h3">{t("Sign in")}</Title>
              {wantsCode ? (
                <TextInput label={t("Code from your authenticator")} description={t("Or one of your recovery codes.")} autoComplete="one-time-code" value={code} onChange={(e) => setCode(e.currentTarget.value)} required autoFocus />
              ) : byKey ? (
                <PasswordInput label={t("API key")} description={t("Kept in this tab only, until it is closed.")} value={key} onChange={(e) => setKey(e.currentTarget.value)} required autoFocus visibilityToggleButtonProps={{ "aria-label": t("Show or hide") }} />
              ) : (
                <>
                  <TextInput label={t("E-mail")} type="email" autoComplete="username" value={email} onChange={(e) => setEmail(e.currentTarget.value)} required autoFocus />
                  <PasswordInput label={t("Password")} autoComplete="current-password" value={password} onChange={(e) => setPassword(e.currentTarget.value)} required visibilityToggleButtonProps={{ "aria-label": t("Show or hide") }} />
                </>
              )}
              {refusal && <Failure error={refusal} />}
              <Button type="submit" loading={busy} fullWidth>{t("Sign in")}</Button>
              {wantsCode && <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>{t("Begin again")}</Anchor>}
              {peopled && !wantsCode && (
                <Anchor component="button" type="button" size="sm" onClick={() => { setKeyed(!byKey); setRefusal(null); }}>
                  {byKey ? t("Use e-mail and password") : t("Use an API key instead")}
                </Anchor>
              )}
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed" ta="center" mt="md" style={{ textWrap: "balance" }}>
          {byKey ? t("“make run” prints the demo's key where it was started; it is in data/demo.json too.") : t("No account yet? Somebody who has one can invite you.")}
        </Text>
      </Container>
    </Box>
  );
}
