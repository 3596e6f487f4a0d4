/** Who changed what. */
import { Box, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/client";
import { done, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";

function word(value: unknown): string {
  return value === null || value === "" ? "–" : typeof value === "string" ? value : JSON.stringify(value);
}

/** `state: pending → approved`: of each field what it was, and what it became. */
function shown(changes: Record<string, unknown>): string {
  return Object.entries(changes)
    .map(([name, value]) => {
      const [was, is] = Array.isArray(value) && value.length === 2 ? value : [null, value];
      return was === null ? `${name}: ${word(is)}` : `${name}: ${word(was)} → ${word(is)}`;
    })
    .join(", ");
}

function Who({ by, from }: { by: string; from: string | null | undefined }) {
  return (
    <>
      <Text size="sm" miw={205} style={{ overflowWrap: "anywhere" }}>{by}</Text>
      {from && <Text size="xs" c="dimmed">{from}</Text>}
    </>
  );
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
                  { head: t("Who"), cell: (row) => <Who by={row.actor || row.credential || "–"} from={row.address} />, wide: true },
                  {
                    head: t("Operation"),
                    cell: (row) => (
                      <>
                        <Text size="sm" style={{ overflowWrap: "anywhere" }}>{row.operation} {row.target}</Text>
                        <Box hiddenFrom="sm"><Who by={row.actor || row.credential || "–"} from={row.address} /></Box>
                      </>
                    ),
                  },
                  { head: t("Outcome"), cell: (row) => (row.outcome === "done" ? t("done") : <StateBadge state="refused">{row.outcome}</StateBadge>), wide: true },
                  { head: t("Changes"), cell: (row) => <Text size="xs" c="dimmed" lineClamp={3} maw={320} style={{ overflowWrap: "anywhere" }}>{shown(row.changes ?? {})}</Text>, wide: true },
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
