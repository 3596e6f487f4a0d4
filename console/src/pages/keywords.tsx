/** What becomes of what handsets write: keywords, automatic answers, and the services that messages go to. */
import { Badge, Button, Checkbox, Group, Select, Switch, Tabs, Text, Textarea, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Form, Remove, Rows, StateBadge } from "../parts/bits";
import { useEvery } from "../parts/every";
import { useApproved } from "../parts/makers";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";


export default function Keywords() {
  const { t } = useTranslation();
  const offered = useOffered();
  return (
    <Page title={t("Keywords and replies")} hint={t("What becomes of what handsets write to your numbers.")} actions={<Button component={Link} href="/inbox" variant="default">{t("Inbox")}</Button>}>
      <Tabs defaultValue="keywords" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="keywords">{t("Keywords")}</Tabs.Tab>
          {offered("listReplies") && <Tabs.Tab value="replies">{t("Answers to STOP, START and HELP")}</Tabs.Tab>}
          {offered("listServices") && <Tabs.Tab value="services">{t("Services")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="keywords"><Words /></Tabs.Panel>
        <Tabs.Panel value="replies"><Replies /></Tabs.Panel>
        <Tabs.Panel value="services"><Services /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function useServices() {
  const found = useEvery("/v1/services");
  const items = found.data?.items ?? [];
  return { found, items, nameOf: (id: string | null | undefined) => (id ? (items.find((each) => each.id === id)?.name ?? id) : null) };
}

function ServiceSelect({ value, change, description }: { value: string | null; change: (value: string | null) => void; description?: string }) {
  const { t } = useTranslation();
  const { items } = useServices();
  return <Select label={t("Service")} description={description} placeholder={t("of the whole account")} data={items.map((each) => ({ value: each.id, label: each.name }))} value={value} onChange={change} clearable clearButtonProps={{ "aria-label": t("Clear") }} />;
}

function Words() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { nameOf } = useServices();
  const [edited, setEdited] = useState<Partial<Schemas["KeywordView"]> | null>(null);
  const list = useEvery("/v1/keywords");
  const numbers = useEvery("/v1/numbers");
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/keywords"] });
  const save = async () => {
    const body = { number: edited?.number ?? "", word: (edited?.word ?? "").trim(), service: edited?.service ?? null };
    if (edited?.id) await done(api.PUT("/v1/keywords/{id}", { params: { path: { id: edited.id } }, body }));
    else await done(api.POST("/v1/keywords", { body }));
    await again();
  };
  const known = numbers.data?.items.map((each) => each.msisdn) ?? [];
  const choices = edited?.number && !known.includes(edited.number) ? [...known, edited.number] : known;
  const make = <Allowed to="createKeyword"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({ number: known[0] })}>{t("New keyword")}</Button></Allowed>;
  return (
    <Panel title={t("Keywords")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Keywords")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("No keyword yet")} action={make}>{t("Messages to a number that begin with the word go to the keyword's service, and so do STOPs that name it.")}</Empty>}
            columns={[
              { head: t("Word"), cell: (row) => <Badge variant="default" tt="none">{row.word}</Badge> },
              { head: t("Number"), cell: (row) => row.number },
              { head: t("Service"), cell: (row) => nameOf(row.service) ?? t("the whole account"), wide: true },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeKeyword"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeKeyword" what={row.word} consequence={t("Messages that begin with it go where all others to the number go.")} act={async () => { await done(api.DELETE("/v1/keywords/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <Form title={edited?.id ? t("Change the keyword") : t("New keyword")} opened={edited !== null} close={() => setEdited(null)} save={save}>
        <Select label={t("Number")} data={choices} searchable value={edited?.number ?? null} onChange={(number) => setEdited({ ...edited, number: number ?? undefined })} required nothingFoundMessage={t("No number yet")} />
        <TextInput label={t("Word")} description={t("The first word of a message, whatever its case; no blanks.")} value={edited?.word ?? ""} onChange={(e) => setEdited({ ...edited, word: e.currentTarget.value })} required maxLength={40} data-autofocus />
        <ServiceSelect value={edited?.service ?? null} change={(service) => setEdited({ ...edited, service })} description={t("Its webhooks hear of these messages.")} />
      </Form>
    </Panel>
  );
}

const KINDS = ["stop", "start", "help"] as const;
const LANGUAGES = ["en", "bn", "de", "es", "fr", "tr", "ar", "hi"];
type Reply = Schemas["ReplyView"];

function Replies() {
  const { t, i18n } = useTranslation();
  const queries = useQueryClient();
  const { nameOf } = useServices();
  const [edited, setEdited] = useState<Partial<Reply> | null>(null);
  const list = useEvery("/v1/replies");
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/replies"] });
  const keep = async ({ id, kind = "stop", text = "", language = "", service = null, enabled = true }: Partial<Reply>) => {
    const body = { kind: kind as "stop", text, language, service, enabled };
    if (id) await done(api.PUT("/v1/replies/{id}", { params: { path: { id } }, body }));
    else await done(api.POST("/v1/replies", { body }));
    await again();
  };
  const toggle = async (row: Reply) => {
    try {
      await keep({ ...row, enabled: !row.enabled });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const called = (code: string) => (code ? (new Intl.DisplayNames(i18n.language, { type: "language" }).of(code) ?? code) : t("all languages"));
  const make = <Allowed to="createReply"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({ kind: "stop", language: "", enabled: true })}>{t("New answer")}</Button></Allowed>;
  return (
    <Panel title={t("Answers to STOP, START and HELP")} actions={make}>
      <Text size="sm" c="dimmed" mb="sm">{t("STOP, START and HELP are understood in eight languages and heeded at once. Each is answered by the house's own text, unless one stands here.")}</Text>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Answers to STOP, START and HELP")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("The house's own texts are sent")} action={make} />}
            columns={[
              { head: t("Answers"), cell: (row) => <Badge variant="default">{row.kind}</Badge> },
              { head: t("Language"), cell: (row) => called(row.language) },
              { head: t("Service"), cell: (row) => nameOf(row.service) ?? t("all"), wide: true },
              { head: t("Text"), cell: (row) => <Text size="sm" lineClamp={2} c={row.enabled ? undefined : "dimmed"}>{row.enabled ? row.text : t("no answer at all")}</Text> },
              { head: t("On"), cell: (row) => <Allowed to="changeReply" input><Switch checked={row.enabled} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.kind.toUpperCase() })} /></Allowed>, wide: true },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeReply"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeReply" what={row.kind.toUpperCase()} consequence={t("The house's own text is sent from now on.")} act={async () => { await done(api.DELETE("/v1/replies/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <Form title={edited?.id ? t("Change the answer") : t("New answer")} opened={edited !== null} close={() => setEdited(null)} save={() => keep(edited!)}>
        <Group grow align="flex-start">
          <Select label={t("Answers")} data={KINDS.map((each) => ({ value: each, label: each.toUpperCase() }))} value={edited?.kind ?? "stop"} onChange={(kind) => kind && setEdited({ ...edited, kind })} allowDeselect={false} />
          <Select label={t("Language of the word")} data={[{ value: "", label: called("") }, ...LANGUAGES.map((each) => ({ value: each, label: called(each) }))]} value={edited?.language ?? ""} onChange={(language) => setEdited({ ...edited, language: language ?? "" })} allowDeselect={false} searchable />
        </Group>
        <ServiceSelect value={edited?.service ?? null} change={(service) => setEdited({ ...edited, service })} />
        <Textarea label={t("Text")} description={t("{{sender}} stands for whom the messages come from.", { sender: "{{sender}}" })} autosize minRows={3} maxLength={640} value={edited?.text ?? ""} onChange={(e) => setEdited({ ...edited, text: e.currentTarget.value })} required={edited?.enabled !== false} data-autofocus />
        <Checkbox label={t("An answer is sent")} description={t("Without one, STOP holds all the same.")} checked={edited?.enabled !== false} onChange={(e) => setEdited({ ...edited, enabled: e.currentTarget.checked })} />
      </Form>
    </Panel>
  );
}

function Services() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const approved = useApproved();
  const { found } = useServices();
  const [edited, setEdited] = useState<Partial<Schemas["ServiceView"]> | null>(null);
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/services"] });
  const save = async () => {
    const body = { name: edited?.name ?? "", description: edited?.description ?? "", active: edited?.active !== false, from: edited?.from ?? null };
    if (edited?.id) await done(api.PUT("/v1/services/{id}", { params: { path: { id: edited.id } }, body }));
    else await done(api.POST("/v1/services", { body }));
    await again();
  };
  const make = <Allowed to="createService"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({ active: true })}>{t("New service")}</Button></Allowed>;
  return (
    <Panel title={t("Services")} actions={make}>
      <Answer of={found}>
        {(data) => (
          <Rows label={t("Services")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("No service yet")} action={make}>{t("A service has credentials, webhooks, numbers and keywords of its own, within your account.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <><Text fw={600} size="sm">{row.name}</Text>{row.description && <Text size="xs" c="dimmed" lineClamp={1}>{row.description}</Text>}</> },
              { head: t("Sender"), cell: (row) => row.from ?? "–", wide: true },
              { head: t("State"), cell: (row) => <StateBadge state={row.active ? "active" : "paused"} /> },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeService"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeService" what={row.name} consequence={t("What points to it points to the whole account from now on.")} act={async () => { await done(api.DELETE("/v1/services/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <Form title={edited?.id ? t("Change the service") : t("New service")} opened={edited !== null} close={() => setEdited(null)} save={save}>
        <TextInput label={t("Name")} value={edited?.name ?? ""} onChange={(e) => setEdited({ ...edited, name: e.currentTarget.value })} required maxLength={100} data-autofocus />
        <Textarea label={t("What it is for")} autosize minRows={2} value={edited?.description ?? ""} onChange={(e) => setEdited({ ...edited, description: e.currentTarget.value })} maxLength={4000} />
        <Select label={t("Sender")} description={t("Where a message names none.")} data={[...new Set(approved.map((each) => each.name))]} value={edited?.from ?? null} onChange={(from) => setEdited({ ...edited, from })} clearable clearButtonProps={{ "aria-label": t("Clear") }} searchable />
        <Checkbox label={t("Active")} description={t("Credentials of an inactive service may do nothing.")} checked={edited?.active !== false} onChange={(e) => setEdited({ ...edited, active: e.currentTarget.checked })} />
      </Form>
    </Panel>
  );
}
