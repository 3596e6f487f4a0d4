/** What every page is made of: its head, its empty state, its failure, its waiting. */
import { Alert, Box, Button, Center, Group, Loader, Paper, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import { ExclamationTriangleIcon } from "@radix-ui/react-icons";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { codeOf, sentence } from "../api/client";

export function Page({ title, hint, actions, children }: { title: string; hint?: string; actions?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Heliograph`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Box>
          <Title order={1} size="h2">{title}</Title>
          {hint && <Text c="dimmed" size="sm" maw={640} style={{ textWrap: "balance" }}>{hint}</Text>}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export function Panel({ title, actions, children, pad = true }: { title?: string; actions?: ReactNode; children: ReactNode; pad?: boolean }) {
  return (
    <Paper p={pad ? "md" : 0} style={{ minWidth: 0 }}>
      {title && (
        <Group justify="space-between" mb="sm" p={pad ? 0 : "md"} pb={0}>
          <Title order={2} size="h4">{title}</Title>
          {actions}
        </Group>
      )}
      {children}
    </Paper>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <Center p="xl">
      <Stack align="center" gap={6} maw={420}>
        <Text fw={600}>{title}</Text>
        {children && <Text size="sm" c="dimmed" ta="center" component="div" style={{ textWrap: "balance" }}>{children}</Text>}
        {action && <Box mt="xs">{action}</Box>}
      </Stack>
    </Center>
  );
}

/** What to do next, by the code of the refusal. */
const ADVICE: Record<string, string> = {
  no_credit: "Add money to the account, then try again.",
  insufficient_funds: "Add money to the account, then try again.",
  sender_not_approved: "Ask for this sender under “Senders and numbers”, or choose one that is approved.",
  forbidden: "Your role does not allow this. Ask an owner or admin of the account.",
  insufficient_scope: "Your role does not allow this. Ask an owner or admin of the account.",
  rate_limited: "Wait a moment, then try again.",
  unreachable: "The server cannot be reached. Is it running? It is tried again by itself.",
};

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  if (!error) return null;
  const said = sentence(error);
  const advice = ADVICE[codeOf(error)] ?? ADVICE[said] ?? (said === "Failed to fetch" ? ADVICE["unreachable"] : undefined);
  return (
    <Alert color="red" variant="light" icon={<ExclamationTriangleIcon />} title={t("That did not work")} role="alert">
      <Text size="sm">{said in ADVICE || said === "Failed to fetch" ? t(advice!) : said}</Text>
      {advice && !(said in ADVICE) && said !== "Failed to fetch" && <Text size="sm" mt={4}>{t(advice)}</Text>}
      {retry && <Button size="xs" mt="xs" variant="default" onClick={retry}>{t("Try again")}</Button>}
    </Alert>
  );
}

export function Waiting() {
  const { t } = useTranslation();
  return (
    <Center p="xl" role="status">
      <Loader size="sm" aria-hidden />
      <VisuallyHidden>{t("Loading")}</VisuallyHidden>
    </Center>
  );
}

interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** The answer of a question, or why there is none. */
export function Answer<T>({ of, children }: { of: Asked<T>; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} />;
  return <Waiting />;
}
