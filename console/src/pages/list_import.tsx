/** A file becomes a list: choose, look, say what each column is; the import goes on when the page is left. */
import { Alert, Button, Checkbox, CloseButton, Group, Progress, SegmentedControl, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { CheckIcon, DownloadIcon, ExclamationTriangleIcon } from "@radix-ui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { api, raw, type Schemas } from "../api/client";
import { done, StateBadge } from "../parts/bits";
import { COLUMNS, guess, longest, troubleOf } from "../parts/mapping";
import { Failure, Panel } from "../parts/page";
import { readTable, saveFile } from "../parts/tables";
import { Upload } from "../parts/upload";
import { plainly, useWords } from "../parts/words";
import type { Kind } from "./lists";

type Preview = Schemas["PreviewView"];
type Import = Schemas["ImportView"];

interface Begun {
  id: string;
  name: string;
  kind: Kind;
}

const KEPT = "heliograph.imports";
const SHOWN_ROWS = 6;

/** Imports of this window, until they are put away; they go on at the server, whatever page is shown. */
function useImports(): [Begun[], (change: (before: Begun[]) => Begun[]) => void] {
  const [begun, set] = useSessionStorage<Begun[]>({ key: KEPT, defaultValue: [], getInitialValueInEffect: false });
  return [begun, set];
}

export function Bring({ kind, lists, into }: { kind: Kind; lists: Schemas["ListView"][]; into?: Schemas["ListView"] }) {
  const { t } = useTranslation();
  const [file, setFile] = useState<File | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [columns, setColumns] = useState<string[]>([]);
  const [name, setName] = useState("");
  const [target, setTarget] = useState<string | null>(into?.id ?? null);
  const [replace, setReplace] = useState(false);
  const [overlong, setOverlong] = useState("refuse");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [, keep] = useImports();
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
  const look = (chosen: File, header?: boolean) =>
    guarded(async () => {
      const form = new FormData();
      form.append("file", chosen);
      const query = new URLSearchParams({ rows: String(SHOWN_ROWS), ...(header === undefined ? {} : { header: String(header) }) });
      const found = (await (await raw(`/v1/lists/preview?${query}`, { method: "POST", body: form })).json()) as Preview;
      if (chosen !== file) setName(chosen.name.replace(/\.\w+$/, ""));
      setFile(chosen);
      setPreview(found);
      setColumns(guess(found));
    });
  const bring = () =>
    guarded(async () => {
      const form = new FormData();
      form.append("file", file!);
      const query = new URLSearchParams({ columns: columns.join(","), header: String(preview!.header), overlong, wait: "false" });
      if (!target) query.set("name", name);
      else query.set("replace", String(replace));
      const place = target ? `/v1/${kind}/${target}/import` : `/v1/${kind}/import`;
      const at = (await (await raw(`${place}?${query}`, { method: "POST", body: form })).json()) as Import;
      const called = target ? (lists.find((each) => each.id === target)?.name ?? into?.name ?? target) : name;
      keep((before) => [{ id: at.id, name: called, kind }, ...before]);
      setPreview(null);
      setFile(null);
    });
  const chosen = columns.includes("to");
  const broken = preview ? columns.some((each, i) => troubleOf(preview, i, each) !== null) : false;
  return (
    <Panel title={t("Import")}>
      <Stack>
        {!preview && <Upload needs={kind === "lists" ? "importNewRecipientList" : "importNewSuppressionList"} take={(each) => void look(each)} accept=".csv,.txt,.tsv,.xlsx" label={t("Choose a list")} hint={busy ? t("The file is being looked at…") : t("CSV or XLSX. You will see it before anything is kept.")} />}
        <Failure error={error} />
        {preview && (
          <>
            <Text size="sm">{t("{{count}} lines. Say what each column is:", { count: preview.total })}</Text>
            <Mapping preview={preview} columns={columns} change={setColumns} />
            {!chosen && <Alert color="yellow" variant="light" role="status">{t("One column must be the number.")}</Alert>}
            {chosen && broken && <Alert color="yellow" variant="light" role="status">{t("Some lines do not fit; they are told one by one after the import.")}</Alert>}
            <Group align="flex-end">
              <Checkbox label={t("The first line is a heading")} checked={preview.header} onChange={(e) => void look(file!, e.currentTarget.checked)} pb={8} />
              <Select label={t("A field that is too long")} w={220} allowDeselect={false} value={overlong} onChange={(value) => value && setOverlong(value)} data={[{ value: "refuse", label: t("refuses its line") }, { value: "truncate", label: t("is cut") }, { value: "fail", label: t("ends the import") }]} />
            </Group>
            <Group align="flex-end">
              {!into && <Select label={t("Into")} w={240} value={target ?? ""} onChange={(value) => setTarget(value || null)} allowDeselect={false} searchable data={[{ value: "", label: t("a new list") }, ...lists.map((each) => ({ value: each.id, label: each.name }))]} />}
              {!target && <TextInput label={t("Name of the list")} value={name} onChange={(e) => setName(e.currentTarget.value)} required />}
              {target && <SegmentedControl aria-label={t("What becomes of the numbers that are on it")} value={replace ? "replace" : "add"} onChange={(value) => setReplace(value === "replace")} data={[{ value: "add", label: t("Add to it") }, { value: "replace", label: t("Replace all") }]} />}
              <Button loading={busy} disabled={!chosen || (!target && !name)} onClick={() => void bring()}>{t("Import")}</Button>
              <Button variant="default" onClick={() => setPreview(null)}>{t("Cancel")}</Button>
            </Group>
          </>
        )}
      </Stack>
    </Panel>
  );
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
              <Table.Th key={i} miw={150} style={{ verticalAlign: "top" }}>
                <Select
                  size="xs"
                  aria-label={t("Column {{count}}", { count: i + 1 })}
                  data={[{ value: "", label: t("left out") }, ...COLUMNS.map((field) => ({ value: field, label: t(field), disabled: field !== each && columns.includes(field) }))]}
                  value={each}
                  onChange={(value) => change(columns.map((old, k) => (k === i ? (value ?? "") : old)))}
                  allowDeselect={false}
                />
                {preview.header && <Text size="xs" c="dimmed" mt={4}>{preview.rows[0]?.[i]}</Text>}
                <Checked preview={preview} column={i} field={each} />
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row, k) => <Table.Tr key={k}>{columns.map((each, i) => <Table.Td key={i} c={each === "" ? "dimmed" : undefined} style={{ maxWidth: 260, overflowWrap: "anywhere" }}>{row[i]}</Table.Td>)}</Table.Tr>)}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What was found in the whole column, for what it shall be. */
function Checked({ preview, column, field }: { preview: Preview; column: number; field: string }) {
  const { t } = useTranslation();
  if (field === "") return null;
  const trouble = troubleOf(preview, column, field);
  const said = trouble === "not_numbers" ? t("not all are numbers") : trouble === "too_long" ? t("some have more than {{count}} characters", { count: longest(field) }) : field === "to" ? t("all are numbers") : t("all fit");
  return (
    <Group gap={4} mt={4} wrap="nowrap" c={trouble ? "var(--mantine-color-yellow-light-color)" : "var(--mantine-color-green-light-color)"}>
      {trouble ? <ExclamationTriangleIcon aria-hidden /> : <CheckIcon aria-hidden />}
      <Text size="xs" fw={400}>{said}</Text>
    </Group>
  );
}

export function Imports({ kind, ended }: { kind: Kind; ended: () => void }) {
  const { t } = useTranslation();
  const [begun, change] = useImports();
  const mine = begun.filter((each) => each.kind === kind);
  if (mine.length === 0) return null;
  return (
    <Panel title={t("Imports")}>
      <Stack gap="lg">
        {mine.map((each) => <Progressing key={each.id} of={each} ended={ended} close={() => change((before) => before.filter((other) => other.id !== each.id))} />)}
      </Stack>
    </Panel>
  );
}

function Progressing({ of, ended, close }: { of: Begun; ended: () => void; close: () => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const asked = useQuery({
    queryKey: ["import", of.id],
    queryFn: () => done<Import>(api.GET("/v1/lists/imports/{id}", { params: { path: { id: of.id } } })),
    refetchInterval: (query) => (query.state.data && over(query.state.data) ? false : 500),
  });
  const at = asked.data;
  const told = useRef(false);
  useEffect(() => {
    if (at && over(at) && !told.current) {
      told.current = true;
      ended();
    }
  }, [at, ended]);
  if (!at) return asked.error ? <Group justify="space-between"><Failure error={asked.error} /><CloseButton aria-label={t("Put away")} onClick={close} /></Group> : null;
  const finished = over(at);
  const share = finished ? 100 : at.total_bytes ? (100 * at.read_bytes) / at.total_bytes : 0;
  return (
    <Stack gap="xs" role="status">
      <Group justify="space-between" wrap="nowrap">
        <Group gap="xs">
          {at.list ? <Link href={`/lists/${at.list}`}>{of.name}</Link> : <Text fw={600} size="sm">{of.name}</Text>}
          <StateBadge state={at.state} />
        </Group>
        {finished && <CloseButton aria-label={t("Put away")} onClick={close} />}
      </Group>
      <Progress value={share} animated={!finished} color={at.state === "failed" ? "red" : undefined} aria-label={t("Progress of the import")} />
      <Group gap="xs">
        <Text size="sm">{t("{{inserted}} taken, {{duplicate}} twice, {{wrong}} refused.", { inserted: words.number(at.inserted), duplicate: words.number(at.duplicate), wrong: words.number(at.wrong) })}</Text>
        {at.truncated > 0 && <Text size="sm">{t("In {{number}} a field was cut.", { number: words.number(at.truncated) })}</Text>}
      </Group>
      {at.problem && <Alert color="red" variant="light">{plainly(t, at.problem)}</Alert>}
      {finished && at.wrong > 0 && <Refused id={at.id} />}
    </Stack>
  );
}

function over(at: Import): boolean {
  return at.state === "done" || at.state === "failed";
}

/** The first lines that were refused, and all of them as a file. */
function Refused({ id }: { id: string }) {
  const { t } = useTranslation();
  const lines = useQuery({ queryKey: ["refused", id], queryFn: async () => (await raw(`/v1/lists/imports/${id}/refused`)).text(), staleTime: Infinity });
  const rows = lines.data === undefined ? [] : readTable(lines.data, 6).slice(1);
  return (
    <Stack gap={4}>
      {rows.map(([line, reason]) => <Text size="sm" key={line}>{t("Line {{line}}", { line })}: {plainly(t, reason ?? "")}</Text>)}
      <Button w="fit-content" size="compact-xs" variant="default" leftSection={<DownloadIcon />} disabled={lines.data === undefined} onClick={() => saveFile("refused.csv", new Blob([lines.data ?? ""], { type: "text/csv" }))}>{t("The refused lines")}</Button>
    </Stack>
  );
}
