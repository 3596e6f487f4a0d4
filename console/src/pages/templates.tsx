/** Texts that are used again, with variables in braces. */
import { Button, Code, Group, Text, Textarea, TextInput } from "@mantine/core";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { done, Form, Remove, Rows } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";

type Template = Schemas["TemplateView"];

export default function Templates() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Partial<Template> | null>(null);
  const list = $api.useQuery("get", "/v1/templates", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/templates"] });
  const save = async () => {
    const body = { name: edited?.name ?? "", text: edited?.text ?? "" };
    if (edited?.id) await done(api.PUT("/v1/templates/{id}", { params: { path: { id: edited.id } }, body }));
    else await done(api.POST("/v1/templates", { body }));
    await again();
  };
  const make = <Button leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New template")}</Button>;
  return (
    <Page title={t("Templates")} hint={t("Texts that you use again.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows
              label={t("Templates")}
              rows={data.items}
              keyOf={(row) => row.id}
              empty={<Empty title={t("No template yet")} action={make}>{t("A template has a name and a text with variables, such as {{example}}.", { example: "{{code}}" })}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
                { head: t("Text"), cell: (row) => <Text size="sm" lineClamp={2}>{row.text}</Text> },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button>
                      <Remove what={row.name} consequence={t("Programs that name it are refused from now on.")} act={async () => { await done(api.DELETE("/v1/templates/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                    </Group>
                  ),
                },
              ]}
            />
          )}
        </Answer>
      </Panel>
      <Form title={edited?.id ? t("Change the template") : t("New template")} opened={edited !== null} close={() => setEdited(null)} save={save}>
        <TextInput label={t("Name")} value={edited?.name ?? ""} onChange={(e) => setEdited({ ...edited, name: e.currentTarget.value })} required data-autofocus />
        <Textarea label={t("Text")} autosize minRows={4} value={edited?.text ?? ""} onChange={(e) => setEdited({ ...edited, text: e.currentTarget.value })} required />
        <Text size="sm" c="dimmed">{t("Variables stand in double braces:")} <Code>{"{{code}}"}</Code></Text>
      </Form>
    </Page>
  );
}
