/** Lists of recipients, and of numbers that campaigns leave out. */
import { Button, Group, SegmentedControl, Switch, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api, sentence, type Schemas } from "../api/client";
import { done, Form, Remove, Rows, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { useWords } from "../parts/words";
import { Bring, Imports } from "./list_import";
import { Members } from "./list_members";

type List = Schemas["ListView"];
export type Kind = "lists" | "suppressions";

/** The kind of a list tells from its id. */
export function kindOf(id: string): Kind {
  return id.startsWith("sup_") ? "suppressions" : "lists";
}

export default function Lists({ id }: { id?: string }) {
  return id && id !== "suppressions" ? <Members id={id} kind={kindOf(id)} /> : <All kind={id === "suppressions" ? "suppressions" : "lists"} />;
}

function All({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [edited, setEdited] = useState<Partial<List> | null>(null);
  const path = `/v1/${kind}` as "/v1/lists";
  const pages = usePages(["lists", kind], (before) => done(api.GET(path, { params: { query: { limit: 50, ...(before ? { before } : {}) } } })));
  const again = async () => {
    await queries.invalidateQueries({ queryKey: ["lists", kind] });
    await queries.invalidateQueries({ queryKey: ["get", path] });
  };
  const toggle = async (row: List) => {
    try {
      await done(api.PATCH(`${path}/{id}` as "/v1/lists/{id}", { params: { path: { id: row.id } }, body: { enabled: !row.enabled } }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const save = async () => {
    if (edited?.id) await done(api.PATCH(`${path}/{id}` as "/v1/lists/{id}", { params: { path: { id: edited.id } }, body: { name: edited.name ?? "" } }));
    else await done(api.POST(path, { body: { name: edited?.name ?? "" } }));
    await again();
  };
  const lists = kind === "lists";
  return (
    <Page title={t("Lists")} hint={t("Recipients of campaigns, and numbers that campaigns leave out.")} actions={<Allowed to={lists ? "createRecipientList" : "createSuppressionList"}><Button variant="default" leftSection={<PlusIcon />} onClick={() => setEdited({ name: "" })}>{t("Empty list")}</Button></Allowed>}>
      <SegmentedControl aria-label={t("Kind of list")} value={kind} onChange={(value) => go(value === "lists" ? "/lists" : "/lists/suppressions")} data={[{ value: "lists", label: t("Recipients") }, { value: "suppressions", label: t("Left out") }]} w="fit-content" />
      <Bring key={kind} kind={kind} lists={pages.data?.items ?? []} />
      <Imports kind={kind} ended={() => void again()} />
      <Panel>
        <Answer of={pages}>
          {(data) => (
            <>
              <Rows label={t("Lists")} rows={data.items} keyOf={(row) => row.id} onRow={(row) => go(`/lists/${row.id}`)}
                empty={<Empty title={t("No list yet")}>{t("Choose or drop a file above.")}</Empty>}
                columns={[
                  { head: t("Name"), cell: (row) => <Link href={`/lists/${row.id}`}>{row.name}</Link> },
                  { head: t("Numbers"), cell: (row) => words.number(row.count), end: true },
                  { head: t("Fields"), cell: (row) => (row.columns ?? []).map((each) => t(each)).join(", ") || "–", wide: true },
                  { head: t("Changed"), cell: (row) => <When at={row.changed_at} />, wide: true },
                  { head: t("On"), cell: (row) => <Allowed to={lists ? "changeRecipientList" : "changeSuppressionList"} input><Switch checked={row.enabled} onClick={(event) => event.stopPropagation()} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /></Allowed> },
                  {
                    head: t("Actions"), end: true,
                    cell: (row) => (
                      <Group gap={4} justify="flex-end" wrap="nowrap" onClick={(event) => event.stopPropagation()}>
                        <Allowed to={lists ? "changeRecipientList" : "changeSuppressionList"}><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} visibleFrom="sm" onClick={() => setEdited(row)}>{t("Rename")}</Button></Allowed>
                        <Remove needs={lists ? "removeRecipientList" : "removeSuppressionList"} what={row.name} consequence={t("The list and its numbers go for good. Campaigns that were accepted keep theirs.")} act={async () => { await done(api.DELETE(`${path}/{id}` as "/v1/lists/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                      </Group>
                    ),
                  },
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
      <Form title={edited?.id ? t("Rename") : t("Empty list")} opened={edited !== null} close={() => setEdited(null)} save={save}>
        <TextInput label={t("Name of the list")} value={edited?.name ?? ""} onChange={(e) => setEdited({ ...edited, name: e.currentTarget.value })} required maxLength={200} data-autofocus />
        {!edited?.id && <Text size="sm" c="dimmed">{t("Numbers are typed or imported into it afterwards.")}</Text>}
      </Form>
    </Page>
  );
}
