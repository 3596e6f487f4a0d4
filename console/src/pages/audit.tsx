/** Who changed what. */
import { Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { done, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";

function shown(changes: Record<string, unknown>): string {
  return Object.entries(changes).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(", ");
}

export default function Audit() {
  const { t } = useTranslation();
  const [operation, setOperation] = useState("");
  const [target, setTarget] = useState("");
  const [asked] = useDebouncedValue({ ...(operation ? { operation } : {}), ...(target ? { target } : {}) }, 300);
  const pages = usePages(["audit", asked], (before) => done(api.GET("/v1/audit", { params: { query: { ...asked, limit: 25, ...(before ? { before } : {}) } } })));
  return (
    <Page title={t("Audit log")} hint={t("Who changed what, and from where; the newest first.")}>
      <Panel>
        <Group mb="sm" role="search">
          <TextInput label={t("Operation")} placeholder="createCredential" value={operation} onChange={(e) => setOperation(e.currentTarget.value)} />
          <TextInput label={t("What was changed")} placeholder="cred_3" value={target} onChange={(e) => setTarget(e.currentTarget.value)} />
        </Group>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows label={t("Audit log")} rows={page.items} keyOf={(row) => row.id} empty={<Empty title={t("Nothing was changed")}>{t("Each change made here or through the API leaves a line.")}</Empty>}
                columns={[
                  { head: t("When"), cell: (row) => <When at={row.at} /> },
                  { head: t("Who"), cell: (row) => <Text size="sm" miw={180} style={{ overflowWrap: "anywhere" }}>{row.actor || row.credential || "–"}</Text> },
                  { head: t("Operation"), cell: (row) => `${row.operation} ${row.target ?? ""}` },
                  { head: t("Outcome"), cell: (row) => (row.outcome === "done" ? t("done") : <StateBadge state="refused">{row.outcome}</StateBadge>) },
                  { head: t("Changes"), cell: (row) => <Text size="xs" c="dimmed" lineClamp={2} maw={320}>{shown(row.changes ?? {})}</Text>, wide: true },
                  { head: t("From"), cell: (row) => row.address ?? "", wide: true },
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
