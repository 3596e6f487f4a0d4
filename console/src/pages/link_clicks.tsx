/** One link: who followed it, day by day; people, programs and what came of it. */
import { Button, Group, SegmentedControl, SimpleGrid, Text } from "@mantine/core";
import { ArrowLeftIcon, DownloadIcon, Pencil1Icon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, type Schemas } from "../api/client";
import { everyDay } from "../parts/days";
import { BarChart } from "../parts/charts";
import { Allowed } from "../parts/may";
import { LinkForm } from "../parts/makers";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { saveTable } from "../parts/tables";
import { thingToken } from "../parts/tokens";
import { utcDay, useWords } from "../parts/words";

const NOTHING = { total: 0, unique: 0, bots: 0, conversions: 0 };

export function Clicks({ id }: { id: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [length, setLength] = useState("30");
  const [edited, setEdited] = useState<Schemas["LinkView"] | null>(null);
  const since = utcDay(Number(length) - 1);
  const until = utcDay();
  const link = $api.useQuery("get", "/v1/links/{id}", { params: { path: { id } } });
  const report = $api.useQuery("get", "/v1/links/{id}/clicks", { params: { path: { id }, query: { since, until } } }, { refetchInterval: 5000, placeholderData: (before) => before });
  const elsewhere = link.data ? ([["ios_url", t("On an iPhone")], ["android_url", t("On Android")], ["desktop_url", t("On a computer")], ["preview_url", t("For previews in messengers")], ["bot_redirect", t("For crawlers and scanners")]] as const).filter(([name]) => link.data[name]) : [];
  return (
    <Page
      title={link.data?.name ?? t("Link")}
      hint={link.data?.url}
      actions={
        <>
          {link.data && <Allowed to="changeLink"><Button variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(link.data)}>{t("Change")}</Button></Allowed>}
          {report.data && <Button variant="default" leftSection={<DownloadIcon />} onClick={() => saveTable(`${link.data?.name ?? id}-clicks.csv`, ["day", "total", "unique", "bots", "conversions"], report.data.days)}>{t("Export as CSV")}</Button>}
          <Button component={Link} href="/links" variant="default" leftSection={<ArrowLeftIcon />}>{t("All links")}</Button>
        </>
      }
    >
      <SegmentedControl aria-label={t("Days")} w="fit-content" value={length} onChange={setLength} data={["7", "30", "90"].map((each) => ({ value: each, label: t("{{count}} days", { count: Number(each) }) }))} />
      <Answer of={report}>
        {(data) => (
          <>
            <SimpleGrid cols={{ base: 2, md: 6 }}>
              {[
                [t("Recipients"), words.number(data.recipients)],
                [t("Recipients who came"), words.share(data.reached_share), words.number(data.reached)],
                [t("Clicks"), words.number(data.total)],
                [t("Visitors"), words.number(data.unique)],
                [t("Programs, not people"), words.number(data.bots)],
                [t("Conversions"), words.number(data.conversions), data.reached ? words.share(data.conversions / data.reached) : undefined],
              ].map(([name, value, beside]) => (
                <Panel key={name}><Text size="sm" c="dimmed">{name}</Text><Text fz={22} fw={650}>{value}</Text>{beside && <Text size="xs" c="dimmed">{beside}</Text>}</Panel>
              ))}
            </SimpleGrid>
            <Panel title={t("Clicks by day")}>
              {data.days.length === 0 ? (
                <Empty title={t("Nobody has followed it yet")}>{t("Put the token into a text and send it: {{token}}", { token: thingToken("link", id) })}</Empty>
              ) : (
                <BarChart
                  h={260}
                  data={everyDay(data.days, since, until, NOTHING).map((each) => ({ ...each, day: words.day(each.day) }))}
                  dataKey="day"
                  withLegend
                  yAxisProps={{ allowDecimals: false, width: 40 }}
                  barProps={{ isAnimationActive: false }}
                  series={[{ name: "total", color: "signal.6", label: t("Clicks") }, { name: "unique", color: "green.7", label: t("Visitors") }, { name: "bots", color: "gray.6", label: t("Programs, not people") }, { name: "conversions", color: "orange.7", label: t("Conversions") }]}
                  role="img"
                  aria-label={t("Clicks by day")}
                />
              )}
            </Panel>
          </>
        )}
      </Answer>
      {elsewhere.length > 0 && (
        <Panel title={t("Elsewhere for some visitors")}>
          {elsewhere.map(([name, label]) => <Group key={name} gap="xs"><Text size="sm" c="dimmed" w={200}>{label}</Text><Text size="sm" style={{ overflowWrap: "anywhere" }}>{link.data?.[name]}</Text></Group>)}
        </Panel>
      )}
      <LinkForm edited={edited} close={() => setEdited(null)} made={() => void queries.invalidateQueries({ queryKey: ["get", "/v1/links/{id}"] })} />
    </Page>
  );
}
