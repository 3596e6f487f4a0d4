/** Every operation of the API, asked from here: as whoever is signed in, or with a key that this page forgets. */
import { Alert, Anchor, Badge, Button, Checkbox, Code, Grid, Group, PasswordInput, SegmentedControl, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { PaperPlaneIcon } from "@radix-ui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useSession } from "../api/session";
import { CodeBlock } from "../parts/bits";
import { useWhyNot } from "../parts/may";
import { Answer, Failure, Page, Panel } from "../parts/page";
import { ask, asCurl, operationsOf, urlOf, type Asked, type Operation, type Told } from "./explorer_ask";

export default function Explorer({ id }: { id?: string }) {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const { operations: may } = useSession();
  const described = useQuery({ queryKey: ["openapi"], queryFn: async () => operationsOf(await (await fetch("/openapi.json")).json()), staleTime: Infinity });
  const groups = useMemo(() => {
    const byTag = new Map<string, { value: string; label: string }[]>();
    for (const each of described.data ?? []) {
      const label = `${each.method} ${each.path} · ${each.summary}`;
      byTag.set(each.tag, [...(byTag.get(each.tag) ?? []), { value: each.id, label }]);
    }
    return [...byTag].map(([group, items]) => ({ group, items }));
  }, [described.data]);
  return (
    <Page
      title={t("API explorer")}
      hint={t("Ask any operation from here and see what it answers. It is the real thing: what is sent is sent.")}
      actions={<Anchor href="/docs" target="_blank" size="sm">{t("The whole description")}</Anchor>}
    >
      <Answer of={described}>
        {(operations) => {
          const chosen = operations.find((each) => each.id === id) ?? operations.find((each) => each.id === "getBalance" && may.has(each.id)) ?? operations[0];
          return (
            <Stack>
              <Panel>
                <Select label={t("Operation")} description={t("Type a word of its path or of what it does.")} data={groups} value={chosen?.id ?? null} onChange={(value) => value && go(`/explorer/${value}`)} searchable allowDeselect={false} maxDropdownHeight={360} />
              </Panel>
              {chosen && <One key={chosen.id} operation={chosen} />}
            </Stack>
          );
        }}
      </Answer>
    </Page>
  );
}

function One({ operation }: { operation: Operation }) {
  const { t } = useTranslation();
  const why = useWhyNot()(operation.id);
  const examples = Object.keys(operation.examples);
  const [values, setValues] = useState<Record<string, string>>({});
  const [media, setMedia] = useState(operation.media[0] ?? "");
  const [body, setBody] = useState(examples[0] ? operation.examples[examples[0]]! : operation.media.length ? "{}" : "");
  const [keyed, setKeyed] = useState(false);
  const [key, setKey] = useState("");
  const [told, setTold] = useState<Told | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const asked: Asked = { operation, values, media, body, key: keyed ? key : null };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      setTold(await ask(asked));
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Panel title={operation.summary}>
          <form onSubmit={(event) => void submit(event)}>
            <Stack>
              <Group gap="xs" wrap="nowrap"><Badge variant="filled" color="signal">{operation.method}</Badge><Code style={{ overflowWrap: "anywhere" }}>{operation.path}</Code></Group>
              {operation.description && <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap" }}>{operation.description.replaceAll("`", "")}</Text>}
              <SegmentedControl aria-label={t("As whom")} value={keyed ? "key" : "me"} onChange={(value) => setKeyed(value === "key")} data={[{ value: "me", label: t("As myself") }, { value: "key", label: t("With an API key") }]} />
              {keyed && <PasswordInput label={t("API key")} description={t("Forgotten when you leave this page.")} value={key} onChange={(e) => setKey(e.currentTarget.value)} autoComplete="off" required visibilityToggleButtonProps={{ "aria-label": t("Show or hide") }} />}
              {!keyed && why && <Alert color="yellow" variant="light">{why}</Alert>}
              <SimpleGrid cols={{ base: 1, xs: operation.parameters.length > 1 ? 2 : 1 }}>
                {operation.parameters.map((each) => (
                  <Field key={`${each.in} ${each.name}`} parameter={each} value={values[each.name] ?? ""} change={(value) => setValues({ ...values, [each.name]: value })} />
                ))}
              </SimpleGrid>
              {operation.media.length > 1 && <Select label={t("Content type")} data={operation.media} value={media} onChange={(value) => value && setMedia(value)} allowDeselect={false} />}
              {examples.length > 1 && <Select label={t("Begin with an example")} data={examples} value={null} onChange={(value) => value && setBody(operation.examples[value]!)} placeholder={examples.join(", ")} />}
              {operation.media.length > 0 && <Textarea label={t("Body")} value={body} onChange={(e) => setBody(e.currentTarget.value)} autosize minRows={3} maxRows={16} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }} />}
              {operation.streams && <Text size="sm" c="dimmed">{t("It never ends: what comes in the first three seconds is shown.")}</Text>}
              <Failure error={error} />
              <Group justify="flex-end"><Button type="submit" leftSection={<PaperPlaneIcon />} loading={busy} disabled={!keyed && why !== null}>{t("Ask")}</Button></Group>
            </Stack>
          </form>
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 6 }}>
        <Stack>
          {told && <Reply told={told} />}
          <Panel title={t("The same by curl")}><CodeBlock text={asCurl(asked, window.location.origin)} label="curl" /></Panel>
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function Field({ parameter, value, change }: { parameter: Operation["parameters"][number]; value: string; change: (value: string) => void }) {
  const { t } = useTranslation();
  const says = parameter.in === "query" ? parameter.description : [parameter.in === "header" ? t("Header.") : t("In the path."), parameter.description].filter(Boolean).join(" ");
  if (parameter.boolean) {
    return <Checkbox label={parameter.name} description={says} checked={value === "true"} indeterminate={value === ""} onChange={() => change(value === "true" ? "false" : "true")} />;
  }
  if (parameter.choices.length > 0) {
    return <Select label={parameter.name} description={says} data={parameter.choices} value={value || null} onChange={(chosen) => change(chosen ?? "")} clearable clearButtonProps={{ "aria-label": t("Clear") }} required={parameter.required} />;
  }
  return <TextInput label={parameter.name} description={says} value={value} placeholder={parameter.example} onChange={(e) => change(e.currentTarget.value)} required={parameter.required} />;
}

function Reply({ told }: { told: Told }) {
  const { t } = useTranslation();
  return (
    <Panel title={t("Answer")} actions={<Group gap="xs"><Badge color={told.status < 400 ? "green" : "red"}>{told.status}</Badge><Text size="sm" c="dimmed">{t("{{count}} ms", { count: Math.round(told.milliseconds) })}</Text></Group>}>
      <Stack gap="xs" aria-live="polite">
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>{urlOf(told.asked)}</Text>
        {told.headers.map(([name, value]) => <Text key={name} size="xs" style={{ overflowWrap: "anywhere" }}><b>{name}</b>: {value}</Text>)}
        {told.body ? <CodeBlock text={told.body} label={t("Answer")} /> : <Text size="sm" c="dimmed">{t("Nothing more to say.")}</Text>}
        {told.cut > 0 && <Text size="xs" c="dimmed">{t("{{count}} more characters are not shown.", { count: told.cut })}</Text>}
      </Stack>
    </Panel>
  );
}
