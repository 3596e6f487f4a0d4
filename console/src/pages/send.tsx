/** Write a message and see, while writing, what it will be on the air and what it will cost. */
import { Alert, Badge, Button, Checkbox, Grid, Group, Select, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { MagicWandIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, StateBadge } from "../parts/bits";
import { Failure, Page, Panel } from "../parts/page";
import { momentIn, useWords, useZone, ZONES } from "../parts/words";
import { FromList } from "./send_list";
import { SendOff, type Watched } from "./send_watch";

type Class = "transactional" | "promotional" | "otp";

/** Numbers from what was typed or pasted: split at commas, semicolons and line ends. */
export function recipientsOf(text: string): string[] {
  const found = text.split(/[\n,;]+/).map((each) => each.replace(/[\s().-]/g, "")).filter(Boolean);
  return [...new Set(found)];
}

export default function Send() {
  const { t } = useTranslation();
  const offered = useOffered();
  const words = useWords();
  const [zone] = useZone();
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState("");
  const [text, setText] = useState("");
  const [kind, setKind] = useState<Class>("transactional");
  const [later, setLater] = useState(false);
  const [local, setLocal] = useState("");
  const [at, setAt] = useState(zone);
  const [smart, setSmart] = useState(false);
  const [test, setTest] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<Watched[]>([]);
  const senders = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const numbers = $api.useQuery("get", "/v1/numbers", { params: { query: { limit: 100 } } });
  const templates = $api.useQuery("get", "/v1/templates", { params: { query: { limit: 100 } } });

  const names = [
    ...new Set([
      ...(senders.data?.items.filter((each) => each.state === "approved").map((each) => each.name) ?? []),
      ...(numbers.data?.items.map((each) => each.msisdn) ?? []),
    ]),
  ];
  const sender = from ?? names[0] ?? null;
  const recipients = recipientsOf(to);

  const common = (): Omit<Schemas["MessageBody"], "to"> => ({
    from: sender,
    text,
    class: kind,
    ...(smart ? { smart: true } : {}),
    ...(test ? { test: true } : {}),
    ...(later && local ? { send_at: momentIn(at, local) } : {}),
  });

  const send = async () => {
    setBusy(true);
    setError(null);
    try {
      setSent(await sendTo(recipients, common()));
      notifications.show({ color: "green", message: t("Accepted: {{count}} message(s)", { count: recipients.length }) });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Page title={t("Send")} hint={t("What is shown beside the text is what will be sent: encoding, parts and price.")}>
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Panel>
            <form onSubmit={(event) => { event.preventDefault(); void send(); }}>
              <Stack>
                <Group grow align="flex-start">
                  <Select label={t("Sender")} data={names} value={sender} onChange={setFrom} searchable nothingFoundMessage={t("No approved sender")} required />
                  <Select
                    label={t("Kind")}
                    data={[{ value: "transactional", label: t("Transactional") }, { value: "promotional", label: t("Promotional") }, { value: "otp", label: t("One-time password") }]}
                    value={kind}
                    onChange={(value) => value && setKind(value as Class)}
                    allowDeselect={false}
                  />
                </Group>
                <Textarea label={t("Recipients")} description={t("International form, such as +8801712345678; several by comma or line.")} value={to} onChange={(e) => setTo(e.currentTarget.value)} autosize minRows={1} maxRows={6} required />
                {offered("listRecipientListMembers") && <FromList add={(numbers) => setTo((before) => recipientsOf(`${before}\n${numbers.join("\n")}`).join("\n"))} />}
                {recipients.length > 1 && <Text size="xs" c="dimmed">{t("{{count}} different numbers", { count: recipients.length })}</Text>}
                {(templates.data?.items.length ?? 0) > 0 && (
                  <Select label={t("Begin with a template")} placeholder={t("None")} clearable data={templates.data?.items.map((each) => ({ value: each.text, label: each.name })) ?? []} onChange={(value) => value && setText(value)} />
                )}
                <Textarea label={t("Text")} value={text} onChange={(e) => { setText(e.currentTarget.value); setSmart(false); }} autosize minRows={4} maxRows={12} required />
                <Odd text={text} sender={sender} to={recipients[0]} replaced={smart} replace={() => setSmart(true)} keep={() => setSmart(false)} />
                <Checkbox label={t("Send later")} checked={later} onChange={(e) => setLater(e.currentTarget.checked)} />
                {later && (
                  <Group grow align="flex-start">
                    <TextInput type="datetime-local" label={t("When")} value={local} onChange={(e) => setLocal(e.currentTarget.value)} required />
                    <Select label={t("Time zone")} data={ZONES} value={at} onChange={(value) => value && setAt(value)} searchable allowDeselect={false} />
                  </Group>
                )}
                {later && local && at !== zone && <Text size="xs" c="dimmed">{t("That is {{time}} in {{zone}}.", { time: words.when(momentIn(at, local)), zone })}</Text>}
                <Switch label={t("Test mode")} description={t("The simulated network takes it: no carrier does, and it costs nothing.")} checked={test} onChange={(e) => setTest(e.currentTarget.checked)} />
                <Failure error={error} />
                <Group justify="flex-end">
                  <Button type="submit" loading={busy}>{test ? t("Send as a test") : later ? t("Schedule") : recipients.length > 1 ? t("Send to {{count}}", { count: recipients.length }) : t("Send")}</Button>
                </Group>
              </Stack>
            </form>
          </Panel>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Preview message={{ ...common(), to: recipients[0] ?? "" }} count={recipients.length} />
            <SendOff sent={sent} />
          </Stack>
        </Grid.Col>
      </Grid>
    </Page>
  );
}

async function sendTo(recipients: string[], common: Omit<Schemas["MessageBody"], "to">): Promise<Watched[]> {
  if (recipients.length === 1) {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const made = await done(api.POST("/v1/messages", { body: { ...common, to: recipients[0]! }, params: { header: headers } }));
    return [{ id: made.id, to: made.to, status: made.status, test: common.test ?? false }];
  }
  const body = { ...common, recipients: recipients.map((to) => ({ to })) };
  const bulk = await done(api.POST("/v1/messages/bulk", { body }));
  if (bulk.accepted === 0) throw bulk.errors[0] ?? new Error("Nothing was accepted.");
  const page = await done(api.GET("/v1/messages", { params: { query: { submission: bulk.id, limit: 20 } } }));
  return page.items.map((each) => ({ id: each.id, to: each.to, status: each.status, test: each.test ?? false }));
}

const SAMPLE = "+8801700000000";

function useEstimate(messages: Schemas["MessageBody"][]) {
  const [asked] = useDebouncedValue(messages, 200);
  const enabled = Boolean(asked[0]?.text);
  return $api.useQuery("post", "/v1/estimate", { body: { messages: asked } }, { enabled, placeholderData: (before) => before, staleTime: 60_000 });
}

/** Characters that make the message dearer, each marked in its place, with one click to replace them. */
function Odd({ text, sender, to, replaced, replace, keep }: { text: string; sender: string | null; to: string | undefined; replaced: boolean; replace: () => void; keep: () => void }) {
  const { t } = useTranslation();
  const plain = { from: sender, text, to: to ?? SAMPLE };
  const estimate = useEstimate([plain, { ...plain, smart: true }]);
  const [as, better] = estimate.data?.items ?? [];
  if (!text || !as?.non_gsm) return null;
  const odd = new Set(as.non_gsm);
  const found = Object.entries(better?.replaced ?? {});
  if (replaced) {
    return (
      <Alert color="green" variant="light" title={t("Unusual characters are replaced when it is sent")}>
        <Group gap="xs">
          {found.map(([from, by]) => <Badge key={from} variant="default" tt="none">{from} → {by || t("left out")}</Badge>)}
          <Button size="xs" variant="default" onClick={keep}>{t("Keep them instead")}</Button>
        </Group>
      </Alert>
    );
  }
  return (
    <Alert color="yellow" variant="light" title={t("{{count}} unusual character(s): the message needs UCS-2", { count: [...text].filter((each) => odd.has(each)).length })}>
      <Text size="sm" mb="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
        {[...text].map((each, i) => (odd.has(each) ? <mark className="odd" key={i}>{each}</mark> : each))}
      </Text>
      {found.length === 0 && <Text size="sm" c="dimmed">{as.parts === 1 ? t("It still is one part: replacing them would save nothing.") : t("There is nothing to replace them by.")}</Text>}
      {found.length > 0 && better && (
        <Button size="xs" leftSection={<MagicWandIcon />} onClick={replace}>
          {t("Replace {{count}} of them: {{before}} → {{after}} part(s)", { count: found.length, before: as.parts, after: better.parts })}
        </Button>
      )}
    </Alert>
  );
}

function Preview({ message, count }: { message: Schemas["MessageBody"]; count: number }) {
  const { t } = useTranslation();
  const words = useWords();
  const estimate = useEstimate([{ ...message, to: message.to || SAMPLE }]);
  const found = estimate.data?.items[0];
  if (!message.text) {
    return <Panel title={t("Preview")}><Text size="sm" c="dimmed">{t("Begin to write, and encoding, parts and price appear here.")}</Text></Panel>;
  }
  const price = found?.price ? Number(found.price) * Math.max(count, 1) : null;
  return (
    <Panel title={t("Preview")} actions={message.test && <StateBadge state="test" />}>
      <Stack gap="sm" aria-live="polite">
        <div style={{ display: "flex", flexDirection: "column" }}><div className="bubble bubble-in">{message.text}</div></div>
        {estimate.error ? <Failure error={estimate.error} /> : null}
        {found?.errors.map((each) => <Failure key={each.code} error={each} />)}
        {found?.encoding && (
          <Group gap="lg">
            <Fact name={t("Encoding")} value={found.encoding.toUpperCase()} />
            <Fact name={t("Parts")} value={words.number(found.parts)} />
            <Fact name={t("Characters left")} value={words.number(found.chars_left)} />
            <Fact name={count > 1 ? t("Price of all, about") : t("Price")} value={price === null ? "–" : words.money(String(price), estimate.data?.currency)} />
            <Fact name={t("Country")} value={message.to ? words.country(found.country) : "–"} />
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">{name}</Text>
      <Text fw={600}>{value}</Text>
    </div>
  );
}
