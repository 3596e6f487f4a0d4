/** What a one-time link opens: an invitation, a reset, or the very first start. */
import { Box, Button, Center, Container, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { $api, api } from "../api/client";
import type { Session } from "../api/session";
import { done } from "../parts/bits";
import { Answer, Failure } from "../parts/page";
import { LanguageMenu, Mark, SchemeButton } from "./chrome";

export function Welcome({ token, welcomed }: { token: string; welcomed: (session: Session) => void }) {
  const { t } = useTranslation();
  const link = $api.useQuery("post", "/v1/session/link", { body: { token } }, { retry: false, staleTime: Infinity });
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [account, setAccount] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const purpose = link.data?.purpose;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const call =
        purpose === "set_up"
          ? api.POST("/v1/session/set-up", { body: { token, email, password, name, account } })
          : api.POST("/v1/session/password", { body: { token, password, ...(name ? { name } : {}) } });
      welcomed(await done(call));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Box component="main" mih="100vh">
      <Group justify="flex-end" p="sm" gap={4}><LanguageMenu /><SchemeButton /></Group>
      <Container size={420} pt="6vh">
        <Center mb="lg"><Mark /></Center>
        <Paper p="xl" shadow="sm">
          <Answer of={link}>
            {(found) => (
              <form onSubmit={(event) => void submit(event)}>
                <Stack>
                  <Title order={1} size="h3">{found.purpose === "set_up" ? t("Set up Heliograph") : found.purpose === "reset" ? t("Choose a new password") : t("Welcome")}</Title>
                  {found.email && <Text size="sm" c="dimmed">{found.email}</Text>}
                  {found.purpose === "set_up" && (
                    <>
                      <TextInput label={t("Name of your company")} value={account} onChange={(e) => setAccount(e.currentTarget.value)} required autoFocus />
                      <TextInput label={t("E-mail")} type="email" autoComplete="username" value={email} onChange={(e) => setEmail(e.currentTarget.value)} required />
                    </>
                  )}
                  {found.purpose !== "reset" && <TextInput label={t("Your name")} autoComplete="name" value={name} placeholder={found.name} onChange={(e) => setName(e.currentTarget.value)} required={found.purpose === "set_up"} />}
                  <PasswordInput label={t("Password")} description={t("Twelve characters at least; a sentence is good.")} autoComplete="new-password" minLength={12} value={password} onChange={(e) => setPassword(e.currentTarget.value)} required visibilityToggleButtonProps={{ "aria-label": t("Show or hide") }} />
                  <Failure error={error} />
                  <Button type="submit" loading={busy} fullWidth>{t("Go on")}</Button>
                </Stack>
              </form>
            )}
          </Answer>
        </Paper>
      </Container>
    </Box>
  );
}
