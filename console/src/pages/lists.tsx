/** Lists of recipients: imported with a look at the file first. */
import { Alert, Badge, Button, Group, Progress, SegmentedControl, Select, Stack, Switch, Table, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, DownloadIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, raw, sentence, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { saveFile } from "../parts/tables";
import { Upload } from "../parts/upload";
import { useWords } from "../parts/words";

type List = Schemas["ListView"];
type Preview = Schemas["PreviewView"];
type Import = Schemas["ImportView"];

const FIELDS = ["to", "first_name", "last_name", "email", "url", "gender", "custom", "custom1", "custom2", "custom3", "custom4"];

export default function Lists({ id }: { id?: string }) {
  return id ? <Members id={id} /> : <All />;
}

function All() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const may = useOffered();
  const [kind, setKind] = useState<"lists" | "suppressions">("lists");
  const path = `/v1/${kind}` as "/v1/lists";
  const list = $api.useQuery("get", path, { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", path] });
  const toggle = async (row: List) => {
    try {
      await done(api.PATCH(`${path}/{id}` as "/v1/lists/{id}", { params: { path: { id: row.id } }, body: { enabled: !row.enabled } }));
      await again();
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Page title={t("Lists")} hint={t("Recipients of campaigns, and numbers that campaigns leave out.")}>
      <SegmentedControl aria-label={t("Kind of list")} value={kind} onChange={(value) => setKind(value as "lists")} data={[{ value: "lists", label: t("Recipients") }, { value: "suppressions", label: t("Left out") }]} w="fit-content" />
      {may("importNewRecipientList") && <Bring key={kind} path={path} taken={() => void again()} />}
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Lists")} rows={data.items} keyOf={(row) => row.id} onRow={kind === "lists" ? (row) => go(`/lists/${row.id}`) : undefined}
              empty={<Empty title={t("No list yet")}>{t("Choose or drop a file above.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => (kind === "lists" ? <Link href={`/lists/${row.id}`}>{row.name}</Link> : row.name) },
                { head: t("Numbers"), cell: (row) => words.number(row.count), end: true },
                { head: t("Fields"), cell: (row) => (row.columns ?? []).map((each) => t(each)).join(", ") || "–", wide: true },
                { head: t("Changed"), cell: (row) => <When at={row.changed_at} />, wide: true },
                { head: t("On"), cell: (row) => <Switch checked={row.enabled} onClick={(event) => event.stopPropagation()} onChange={() => void toggle(row)} aria-label={t("{{name}} is switched on", { name: row.name })} /> },
                { head: t("Actions"), end: true, cell: (row) => <Remove what={row.name} consequence={t("The list and its numbers go for good.")} act={async () => { await done(api.DELETE(`${path}/{id}` as "/v1/lists/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
              ]} />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}

/** Choose, look, map, import: nothing is kept before the last step. */
function Bring({ path, taken }: { path: string; taken: () => void }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [columns, setColumns] = useState<string[]>([]);
  const [name, setName] = useState("");
  const [running, setRunning] = useState<Import | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const guarded = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const look = (chosen: File) =>
    guarded(async () => {
      setRunning(null);
      const form = new FormData();
      form.append("file", chosen);
      const found = (await (await raw("/v1/lists/preview?rows=6", { method: "POST", body: form })).json()) as Preview;
      setFile(chosen);
      setName(chosen.name.replace(/\.\w+$/, ""));
      setPreview(found);
      setColumns(guess(found));
    });
  const bring = () =>
    guarded(async () => {
      const form = new FormData();
      form.append("file", file!);
      const query = new URLSearchParams({ name, columns: columns.join(","), header: String(preview!.header), wait: "false" });
      let at = (await (await raw(`${path}/import?${query.toString()}`, { method: "POST", body: form })).json()) as Import;
      setPreview(null);
      setRunning(at);
      while (at.state === "waiting" || at.state === "running") {
        await new Promise((resolve) => setTimeout(resolve, 500));
        at = await done(api.GET("/v1/lists/imports/{id}", { params: { path: { id: at.id } } }));
        setRunning(at);
      }
      taken();
    });

  return (
    <Panel title={t("Import")}>
      <Stack>
        {!preview && <Upload take={(chosen) => void look(chosen)} accept=".csv,.txt,.xlsx" label={t("Choose a list")} hint={t("CSV or XLSX. You will see it before anything is kept.")} />}
        <Failure error={error} />
        {preview && (
          <>
            <Text size="sm">{t("{{count}} lines. Say what each column is:", { count: preview.total })}</Text>
            <Mapping preview={preview} columns={columns} change={setColumns} />
            {!columns.includes("to") && <Alert color="yellow">{t("One column must be the number.")}</Alert>}
            <Group align="flex-end">
              <TextInput label={t("Name of the list")} value={name} onChange={(e) => setName(e.currentTarget.value)} required />
              <Button loading={busy} disabled={!columns.includes("to") || !name} onClick={() => void bring()}>{t("Import")}</Button>
              <Button variant="default" onClick={() => setPreview(null)}>{t("Cancel")}</Button>
            </Group>
          </>
        )}
        {running && <Progressing at={running} />}
      </Stack>
    </Panel>
  );
}

/** By the heading where there is one; otherwise the first column that has only numbers. */
export function guess(preview: Preview): string[] {
  const [first] = preview.rows;
  const words: Record<string, string> = { number: "to", phone: "to", msisdn: "to", mobile: "to", to: "to", name: "first_name", firstname: "first_name", surname: "last_name", lastname: "last_name" };
  const found = (first ?? []).map((cell) => {
    if (!preview.header) return "";
    const plain = cell.trim().toLowerCase().replaceAll(" ", "_");
    return words[plain.replaceAll("_", "")] ?? (FIELDS.includes(plain) ? plain : "");
  });
  const once = found.map((each, i) => (found.indexOf(each) === i ? each : ""));
  const numbers = preview.all_numbers.indexOf(true);
  if (!once.includes("to") && numbers >= 0) once[numbers] = "to";
  return once;
}

function Mapping({ preview, columns, change }: { preview: Preview; columns: string[]; change: (columns: string[]) => void }) {
  const { t } = useTranslation();
  const rows = preview.header ? preview.rows.slice(1) : preview.rows;
  return (
    <Table.ScrollContainer minWidth={0} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": t("The file") } }}>
      <Table aria-label={t("The file")}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((each, i) => (
              <Table.Th key={i} miw={140}>
                <Select
                  size="xs"
                  aria-label={t("Column {{count}}", { count: i + 1 })}
                  data={[{ value: "", label: t("left out") }, ...FIELDS.map((field) => ({ value: field, label: t(field), disabled: field !== each && columns.includes(field) }))]}
                  value={each}
                  onChange={(value) => change(columns.map((old, k) => (k === i ? (value ?? "") : old)))}
                  allowDeselect={false}
                />
                {preview.header && <Text size="xs" c="dimmed">{preview.rows[0]?.[i]}</Text>}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, k) => <Table.Tr key={k}>{columns.map((_, i) => <Table.Td key={i}>{row[i]}</Table.Td>)}</Table.Tr>)}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Progressing({ at }: { at: Import }) {
  const { t } = useTranslation();
  const words = useWords();
  const ended = at.state === "done" || at.state === "failed";
  const share = ended ? 100 : at.total_bytes ? (100 * at.read_bytes) / at.total_bytes : 0;
  const take = async () => saveFile("refused.csv", await (await raw(`/v1/lists/imports/${at.id}/refused`)).blob());
  return (
    <Stack gap="xs" role="status">
      <Progress value={share} animated={!ended} color={at.state === "failed" ? "red" : undefined} aria-label={t("Progress of the import")} />
      <Group gap="xs">
        <StateBadge state={at.state} />
        <Text size="sm">{t("{{inserted}} taken, {{duplicate}} twice, {{wrong}} refused.", { inserted: words.number(at.inserted), duplicate: words.number(at.duplicate), wrong: words.number(at.wrong) })}</Text>
        {at.wrong > 0 && <Button size="compact-xs" variant="default" leftSection={<DownloadIcon />} onClick={() => void take()}>{t("The refused lines")}</Button>}
      </Group>
      {at.problem && <Alert color="red">{at.problem.replaceAll("_", " ")}</Alert>}
    </Stack>
  );
}

function Members({ id }: { id: string }) {
  const { t } = useTranslation();
  const list = $api.useQuery("get", "/v1/lists/{id}", { params: { path: { id } } });
  const pages = usePages(["members", id], (after) => done(api.GET("/v1/lists/{id}/members", { params: { path: { id }, query: { limit: 50, ...(after ? { after } : {}) } } })));
  const columns = (list.data?.columns ?? []) as (keyof Schemas["MemberView"])[];
  const take = async () => saveFile(`${list.data?.name ?? "list"}.csv`, await (await raw(`/v1/lists/${id}/download`)).blob());
  return (
    <Page
      title={list.data?.name ?? t("List")}
      actions={
        <>
          <Button variant="default" leftSection={<DownloadIcon />} onClick={() => void take()}>{t("Export as CSV")}</Button>
          <Button component={Link} href="/lists" variant="default" leftSection={<ArrowLeftIcon />}>{t("All lists")}</Button>
        </>
      }
    >
      <Panel>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows label={t("Numbers")} rows={page.items} keyOf={(row) => row.to} empty={<Empty title={t("Nobody is on it")} />}
                columns={[
                  { head: t("Number"), cell: (row) => <Badge variant="default" tt="none">+{row.to}</Badge> },
                  ...columns.map((each) => ({ head: t(each), cell: (row: Schemas["MemberView"]) => row[each] ?? "" })),
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
