/** Texts that are used again, and words that stand for one another by lot. */
import { Button, Grid, Group, Switch, Tabs, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Form, Remove, Rows } from "../parts/bits";
import { useEvery } from "../parts/every";
import { Handset } from "../parts/handset";
import { SpinnerForm } from "../parts/makers";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { likely, TokenEditor, useThings } from "../parts/token_editor";

type Template = Schemas["TemplateView"];
type Spinner = Schemas["SpinnerView"];

export default function Templates() {
  const { t } = useTranslation();
  const offered = useOffered();
  return (
    <Page title={t("Templates")} hint={t("Texts that you use again.")}>
      <Tabs defaultValue="texts" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="texts">{t("Texts")}</Tabs.Tab>
          {offered("listSpinners") && <Tabs.Tab value="words">{t("Words by lot")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="texts"><Texts /></Tabs.Panel>
        <Tabs.Panel value="words"><Spinners /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Texts() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const things = useThings();
  const [edited, setEdited] = useState<Partial<Template> | null>(null);
  const pages = usePages(["templates"], (after) => done(api.GET("/v1/templates", { params: { query: { limit: 50, ...(after ? { after } : {}) } } })));
  const again = async () => {
    await queries.invalidateQueries({ queryKey: ["templates"] });
    await queries.invalidateQueries({ queryKey: ["get", "/v1/templates"] });
  };
  const keep = async ({ id, name = "", text = "", enabled = true }: Partial<Template>) => {
    const body = { name, text, enabled };
    if (id) await done(api.PUT("/v1/templates/{id}", { params: { path: { id } }, body }));
    else await done(api.POST("/v1/templates", { body }));
    await again();
  };
  const toggle = async (row: Template) => {
    try {
      await keep({ ...row, enabled: !row.enabled });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const make = <Allowed to="createTemplate"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New template")}</Button></Allowed>;
  return (
    <Panel title={t("Texts")} actions={make}>
      <Answer of={pages}>
        {(data) => (
          <>
            <Rows
              label={t("Templates")}
              rows={data.items}
              keyOf={(row) => row.id}
              empty={<Empty title={t("No template yet")} action={make}>{t("A template has a name and a text with variables, such as {{example}}.", { example: "{{code}}" })}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
                { head: t("Text"), cell: (row) => <Text size="sm" lineClamp={2}>{row.text}</Text> },
                { head: t("On"), cell: (row) => <Allowed to="changeTemplate" input><Switch checked={row.enabled} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /></Allowed>, wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Allowed to="changeTemplate"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                      <Remove needs="removeTemplate" what={row.name} consequence={t("Programs that name it are refused from now on.")} act={async () => { await done(api.DELETE("/v1/templates/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                    </Group>
                  ),
                },
              ]}
            />
            <Pager pages={pages} />
          </>
        )}
      </Answer>
      <Form title={edited?.id ? t("Change the template") : t("New template")} opened={edited !== null} close={() => setEdited(null)} save={() => keep(edited!)} size="xl">
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, sm: 7 }}>
            <TextInput mb="md" label={t("Name")} value={edited?.name ?? ""} onChange={(e) => setEdited({ ...edited, name: e.currentTarget.value })} required maxLength={100} data-autofocus />
            <TemplateText value={edited?.text ?? ""} change={(text) => setEdited((before) => ({ ...before, text }))} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 5 }}><Handset from={t("Sender")} text={likely(edited?.text ?? "", things, SAMPLE)} /></Grid.Col>
        </Grid>
      </Form>
    </Panel>
  );
}

const SAMPLE = { first_name: "Ada", last_name: "Lovelace", code: "482913" };

/** Templates also serve single messages, whose callers name variables as they like: what campaigns do not know is only told. */
function TemplateText({ value, change }: { value: string; change: (text: string) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <TokenEditor label={t("Text")} value={value} change={change} rows={6} variables />
      <Text size="xs" c="dimmed" mt="xs">{t("Other names in double braces are variables that a program fills in.")}</Text>
    </>
  );
}

function Spinners() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Partial<Spinner> | null>(null);
  const list = useEvery("/v1/spinners");
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/spinners"] });
  const make = <Allowed to="createSpinner"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New words")}</Button></Allowed>;
  return (
    <Panel title={t("Words by lot")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Words by lot")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("No words yet")} action={make}>{t("Such as Hi, Hello, Dear: each recipient of a campaign gets one of them.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("Words"), cell: (row) => <Text size="sm" lineClamp={2}>{row.words.join(" · ")}</Text> },
              { head: t("State"), cell: (row) => (row.enabled ? t("switched on") : t("switched off")), wide: true },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeSpinner"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeSpinner" what={row.name} consequence={t("Campaigns that were accepted keep theirs; texts that name it are refused.")} act={async () => { await done(api.DELETE("/v1/spinners/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <SpinnerForm edited={edited} close={() => setEdited(null)} />
    </Panel>
  );
}
