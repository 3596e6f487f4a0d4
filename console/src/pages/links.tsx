/** Short links, and who followed them. */
import { AreaChart } from "@mantine/charts";
import "@mantine/charts/styles.css";
import { Button, Checkbox, Code, Group, SimpleGrid, Text, TextInput } from "@mantine/core";
import { ArrowLeftIcon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api } from "../api/client";
import { Copy, done, Form, Remove, Rows, StateBadge } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { utcDay, useWords } from "../parts/words";

export default function Links({ id }: { id?: string }) {
  return id ? <Clicks id={id} /> : <All />;
}

/** How a text names the link: `{{link_5}}` of `lnk_5`. */
function token(id: string): string {
  return `{{link_${id.split("_")[1] ?? ""}}}`;
}

function All() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [opened, setOpened] = useState(false);
  const [body, setBody] = useState({ name: "", url: "", enabled: true });
  const list = $api.useQuery("get", "/v1/links", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/links"] });
  const make = <Button leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("New link")}</Button>;
  return (
    <Page title={t("Links")} hint={t("A link in a text becomes a short one of its own for each recipient; clicks are counted.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows
              label={t("Links")}
              rows={data.items}
              keyOf={(row) => row.id}
              onRow={(row) => go(`/links/${row.id}`)}
              empty={<Empty title={t("No link yet")} action={make}>{t("Make one, and put its token into a text.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Link href={`/links/${row.id}`}>{row.name}</Link> },
                { head: t("Leads to"), cell: (row) => <Text size="sm" style={{ overflowWrap: "anywhere" }}>{row.url}</Text>, wide: true },
                { head: t("Token"), cell: (row) => <Group gap={2} wrap="nowrap" onClick={(event) => event.stopPropagation()}><Code>{token(row.id)}</Code><Copy value={token(row.id)} /></Group> },
                { head: t("State"), cell: (row) => <StateBadge state={row.enabled ? "active" : "paused"} />, wide: true },
                { head: t("Actions"), end: true, cell: (row) => <Remove what={row.name} consequence={t("Short links that lead to it lead nowhere from now on.")} act={async () => { await done(api.DELETE("/v1/links/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
              ]}
            />
          )}
        </Answer>
      </Panel>
      <Form title={t("New link")} opened={opened} close={() => setOpened(false)} save={async () => { await done(api.POST("/v1/links", { body })); await again(); }}>
        <TextInput label={t("Name")} value={body.name} onChange={(e) => setBody({ ...body, name: e.currentTarget.value })} required data-autofocus />
        <TextInput label={t("Leads to")} type="url" placeholder="https://shop.example/offer" value={body.url} onChange={(e) => setBody({ ...body, url: e.currentTarget.value })} required />
        <Checkbox label={t("Switched on")} checked={body.enabled} onChange={(e) => setBody({ ...body, enabled: e.currentTarget.checked })} />
      </Form>
    </Page>
  );
}

function Clicks({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const link = $api.useQuery("get", "/v1/links/{id}", { params: { path: { id } } });
  const report = $api.useQuery("get", "/v1/links/{id}/clicks", { params: { path: { id }, query: { since: utcDay(29), until: utcDay() } } }, { refetchInterval: 5000 });
  return (
    <Page title={link.data?.name ?? t("Link")} hint={link.data?.url} actions={<Button component={Link} href="/links" variant="default" leftSection={<ArrowLeftIcon />}>{t("All links")}</Button>}>
      <Answer of={report}>
        {(data) => (
          <>
            <SimpleGrid cols={{ base: 2, md: 5 }}>
              {[
                [t("Recipients"), words.number(data.recipients)],
                [t("Recipients who came"), `${words.number(data.reached)} · ${words.share(data.reached_share)}`],
                [t("Clicks"), words.number(data.total)],
                [t("Programs, not people"), words.number(data.bots)],
                [t("Conversions"), words.number(data.conversions)],
              ].map(([name, value]) => (
                <Panel key={name}><Text size="sm" c="dimmed">{name}</Text><Text fz={22} fw={650}>{value}</Text></Panel>
              ))}
            </SimpleGrid>
            <Panel title={t("Clicks by day")}>
              {data.days.length === 0 ? (
                <Empty title={t("Nobody has followed it yet")}>{t("Put the token into a text and send it: {{token}}", { token: token(id) })}</Empty>
              ) : (
                <AreaChart
                  h={240}
                  data={data.days}
                  dataKey="day"
                  withLegend
                  withDots={data.days.length < 3}
                  yAxisProps={{ allowDecimals: false, width: 40 }}
                  areaProps={{ isAnimationActive: false }}
                  series={[{ name: "total", color: "signal.6", label: t("Clicks") }, { name: "unique", color: "green.7", label: t("Recipients who came") }, { name: "bots", color: "gray.6", label: t("Programs, not people") }]}
                  role="img"
                  aria-label={t("Clicks by day")}
                />
              )}
            </Panel>
          </>
        )}
      </Answer>
    </Page>
  );
}
