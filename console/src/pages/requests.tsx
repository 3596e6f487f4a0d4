/** What the doors refused lately, and why: the first place to look when a program is told no. */
import { Badge, Code, Group, Modal, SegmentedControl, Select, Table, Text } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { useOffered, useSession } from "../api/session";
import { Copy, done, Rows, When } from "../parts/bits";
import { Pager, usePages } from "../parts/pager";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";
import { APIS } from "./messages_filter";

type Request = Schemas["RefusedRequestView"];

/** Those that programs meet most; any other is found without this filter. */
const REASONS = [
  "unauthenticated", "forbidden", "malformed", "missing_field", "invalid_field", "invalid_recipient", "invalid_sender", "sender_not_approved",
  "insufficient_balance", "opted_out", "no_price", "no_route", "rate_limited", "not_found", "conflict", "internal",
];

export default function Requests() {
  const { t } = useTranslation();
  const { session } = useSession();
  const [dialect, setDialect] = useState<string | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const [credential, setCredential] = useState<string | null>(null);
  const [whose, setWhose] = useState("own");
  const [shown, setShown] = useState<Request | null>(null);
  const credentials = useCredentials();
  const asked = {
    ...(dialect ? { dialect } : {}),
    ...(code ? { code } : {}),
    ...(whose === "nobody" ? { nobody: true } : credential ? { credential } : {}),
  };
  const pages = usePages<Request>(
    ["refused", asked],
    (before) => done(api.GET("/v1/requests/refused", { params: { query: { ...asked, limit: 25, ...(before ? { before } : {}) } } })),
    5000,
  );
  const name = (id: string | null | undefined) => credentials.find((each) => each.value === id)?.label ?? id ?? "";
  const clear = { clearable: true, clearButtonProps: { "aria-label": t("Clear") } };
  return (
    <Page title={t("Refused requests")} hint={t("What your programs were told no, with the reason: the last thousand of 14 days. Of many alike some are kept.")}>
      <Panel>
        <Group gap="sm" align="flex-end" mb="sm" role="search">
          {session?.person?.operator && (
            <SegmentedControl aria-label={t("Whose")} value={whose} onChange={setWhose} data={[{ value: "own", label: t("This account") }, { value: "nobody", label: t("Unknown callers") }]} />
          )}
          <Select label={t("API")} data={APIS} value={dialect} onChange={setDialect} flex="1 1 130px" {...clear} />
          <Select label={t("Reason")} data={REASONS.map((each) => ({ value: each, label: t(each).replaceAll("_", " ") }))} value={code} onChange={setCode} searchable flex="1 1 160px" {...clear} />
          {whose === "own" && <Select label={t("Credential")} data={credentials} value={credential} onChange={setCredential} searchable flex="1 1 160px" {...clear} />}
        </Group>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows
                label={t("Refused requests")}
                rows={page.items}
                keyOf={(row) => row.id}
                onRow={setShown}
                empty={<Empty title={t("Nothing was refused")}>{t("What a program is told no appears here within seconds.")}</Empty>}
                columns={[
                  { head: t("When"), cell: (row) => <When at={row.at} />, wide: true },
                  { head: t("API"), cell: (row) => <Badge tt="none" variant="default">{row.dialect}</Badge>, wide: true },
                  { head: t("Request"), cell: (row) => <Text size="sm">{row.operation}</Text>, wide: true },
                  { head: t("Reason"), cell: (row) => <Why of={row} open={() => setShown(row)} /> },
                  { head: t("Answered"), cell: (row) => <Text size="sm" ff="monospace">{row.answered}</Text>, wide: true },
                  { head: t("Credential"), cell: (row) => <Text size="sm" style={{ whiteSpace: "nowrap" }}>{name(row.credential) || row.caller || "–"}</Text>, wide: true },
                ]}
              />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
      <Whole of={shown} close={() => setShown(null)} credential={name(shown?.credential)} />
    </Page>
  );
}

function useCredentials(): { value: string; label: string }[] {
  const may = useOffered()("listCredentials");
  const list = $api.useQuery("get", "/v1/credentials", { params: { query: { limit: 500 } } }, { enabled: may });
  return (list.data?.items ?? []).map((each) => ({ value: each.id, label: `${each.label || each.name || each.dialect} …${each.hint}` }));
}

function Why({ of: row, open }: { of: Request; open: () => void }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <>
      <Text component="button" size="sm" ta="left" p={0} bd={0} bg="transparent" c="inherit" style={{ cursor: "pointer", overflowWrap: "anywhere" }} onClick={(event: React.MouseEvent) => { event.stopPropagation(); open(); }}>
        {row.detail}
      </Text>
      <Text size="xs" c="dimmed" hiddenFrom="sm">{row.dialect} · {row.operation} · {words.when(row.at)}</Text>
      <Group gap={6} mt={2}>
        <Code>{row.code}</Code>
        {row.field && <Code>{row.field}</Code>}
        {(row.entries ?? 0) > 0 && <Text size="xs" c="dimmed">{t("{{count}} of its entries", { count: row.entries })}</Text>}
        {(row.left_out ?? 0) > 0 && <Text size="xs" c="dimmed">{t("and {{count}} more like it", { count: row.left_out })}</Text>}
      </Group>
    </>
  );
}

function Whole({ of: row, close, credential }: { of: Request | null; close: () => void; credential: string }) {
  const { t } = useTranslation();
  const facts: [string, ReactNode][] = row
    ? [
        [t("When"), <When key="w" at={row.at} />],
        [t("API"), row.dialect],
        [t("Request"), row.operation],
        ...(row.target ? ([[t("Path"), <Code key="p" style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>{row.target}</Code>]] as [string, ReactNode][]) : []),
        [t("Answered"), <Code key="a">{row.answered}</Code>],
        [t("Reason"), <>{row.detail} <Code>{row.code}</Code></>],
        ...(row.field ? ([[t("Field"), <Code key="f">{row.field}</Code>]] as [string, ReactNode][]) : []),
        ...(row.entries ? ([[t("Entries refused"), row.entries]] as [string, ReactNode][]) : []),
        [t("Credential"), credential || row.caller || t("unknown")],
        [t("Address"), row.address || "–"],
        ...(row.agent ? ([[t("Program"), row.agent]] as [string, ReactNode][]) : []),
        ...(row.media_type ? ([[t("Content type"), row.media_type]] as [string, ReactNode][]) : []),
        ...(row.octets ? ([[t("Body"), t("{{count}} octets; not kept", { count: row.octets })]] as [string, ReactNode][]) : []),
        ...(row.left_out ? ([[t("More like it"), row.left_out]] as [string, ReactNode][]) : []),
        [t("Id"), <Group key="i" gap={2} wrap="nowrap"><Code>{row.request}</Code><Copy value={row.request} /></Group>],
      ]
    : [];
  return (
    <Modal opened={row !== null} onClose={close} size="lg" title={t("A refused request")} closeButtonProps={{ "aria-label": t("Close") }}>
      <Table variant="vertical" layout="auto">
        <Table.Tbody>
          {facts.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th fw={500} c="dimmed" w={130}>{name}</Table.Th>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="xs" c="dimmed" mt="sm">{t("Bodies and the values of queries are not kept: they hold secrets and people's messages.")}</Text>
    </Modal>
  );
}
