/** Short links, lists of them, and who followed them. */
import { Button, Code, Group, Switch, Tabs, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { Copy, done, Remove, Rows } from "../parts/bits";
import { useEvery } from "../parts/every";
import { LinkForm, LinkListForm } from "../parts/makers";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { thingToken } from "../parts/tokens";
import { Clicks } from "./link_clicks";

type LinkView = Schemas["LinkView"];

export default function Links({ id }: { id?: string }) {
  return id ? <Clicks id={id} /> : <All />;
}

function All() {
  const { t } = useTranslation();
  const offered = useOffered();
  return (
    <Page title={t("Links")} hint={t("A link in a text becomes a short one of its own for each recipient; clicks are counted.")}>
      <Tabs defaultValue="links" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="links">{t("Links")}</Tabs.Tab>
          {offered("listLinkLists") && <Tabs.Tab value="lists">{t("Link lists")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="links"><Single /></Tabs.Panel>
        <Tabs.Panel value="lists"><Several /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Token({ name, id }: { name: string; id: string }) {
  const token = thingToken(name, id);
  return <Group gap={2} wrap="nowrap" onClick={(event) => event.stopPropagation()}><Code>{token}</Code><Copy value={token} /></Group>;
}

function Single() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [edited, setEdited] = useState<Partial<LinkView> | null>(null);
  const pages = usePages(["get", "/v1/links", "page"], (after) => done(api.GET("/v1/links", { params: { query: { limit: 50, ...(after ? { after } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/links"] });
  const toggle = async ({ id, ...row }: LinkView) => {
    try {
      await done(api.PUT("/v1/links/{id}", { params: { path: { id } }, body: { ...row, enabled: !row.enabled } }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const make = <Allowed to="createLink"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New link")}</Button></Allowed>;
  return (
    <Panel title={t("Links")} actions={make}>
      <Answer of={pages}>
        {(data) => (
          <>
            <Rows
              label={t("Links")}
              rows={data.items}
              keyOf={(row) => row.id}
              onRow={(row) => go(`/links/${row.id}`)}
              empty={<Empty title={t("No link yet")} action={make}>{t("Make one, and put its token into a text.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Link href={`/links/${row.id}`}>{row.name}</Link> },
                { head: t("Leads to"), cell: (row) => <Text size="sm" style={{ overflowWrap: "anywhere" }}>{row.url}</Text>, wide: true },
                { head: t("Token"), cell: (row) => <Token name="link" id={row.id} /> },
                { head: t("On"), cell: (row) => <Allowed to="changeLink" input><Switch checked={row.enabled} onClick={(event) => event.stopPropagation()} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /></Allowed>, wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap" onClick={(event) => event.stopPropagation()}>
                      <Allowed to="changeLink"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                      <Remove needs="removeLink" what={row.name} consequence={t("Short links that lead to it lead nowhere from now on.")} act={async () => { await done(api.DELETE("/v1/links/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                    </Group>
                  ),
                },
              ]}
            />
            <Pager pages={pages} />
          </>
        )}
      </Answer>
      <LinkForm edited={edited} close={() => setEdited(null)} />
    </Panel>
  );
}

function Several() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Partial<Schemas["LinkListView"]> | null>(null);
  const list = useEvery("/v1/link-lists");
  const links = useEvery("/v1/links");
  const nameOf = (id: string) => links.data?.items.find((each) => each.id === id)?.name ?? id;
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/link-lists"] });
  const make = <Allowed to="createLinkList"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New link list")}</Button></Allowed>;
  return (
    <Panel title={t("Link lists")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Link lists")} rows={data.items} keyOf={(row) => row.id}
            empty={<Empty title={t("No link list yet")} action={make}>{t("Its links are spread evenly over the recipients: see which one is followed more.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("Links"), cell: (row) => <Group gap="xs">{row.links.map((each) => <Link key={each} href={`/links/${each}`}>{nameOf(each)}</Link>)}</Group> },
              { head: t("Token"), cell: (row) => <Token name="link_list" id={row.id} /> },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeLinkList"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeLinkList" what={row.name} consequence={t("Campaigns that were accepted keep theirs; texts that name it are refused.")} act={async () => { await done(api.DELETE("/v1/link-lists/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <LinkListForm edited={edited} close={() => setEdited(null)} />
    </Panel>
  );
}
