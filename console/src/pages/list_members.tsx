/** Who is on a list; added by typing or by a file, taken off one by one or many at once. */
import { Badge, Button, Group, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, DownloadIcon, MinusIcon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { $api, api, raw, type Schemas } from "../api/client";
import { done, Form, Remove, Rows } from "../parts/bits";
import { Allowed } from "../parts/may";
import { typedRecipients } from "../parts/mapping";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { csvLine, saveFile } from "../parts/tables";
import { useWords } from "../parts/words";
import { Bring, Imports } from "./list_import";
import type { Kind } from "./lists";

type Member = Schemas["MemberView"];

export function Members({ id, kind }: { id: string; kind: Kind }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<"add" | "remove" | null>(null);
  const [typed, setTyped] = useState("");
  const [file, setFile] = useState(false);
  const path = `/v1/${kind}/{id}` as "/v1/lists/{id}";
  const where = { params: { path: { id } } };
  const list = $api.useQuery("get", path, where);
  const pages = usePages(["members", id], (after) => done(api.GET(`${path}/members` as "/v1/lists/{id}/members", { params: { path: { id }, query: { limit: 50, ...(after ? { after } : {}) } } })));
  const columns = (list.data?.columns ?? []) as (keyof Member)[];
  const again = async () => {
    await queries.invalidateQueries({ queryKey: ["members", id] });
    await queries.invalidateQueries({ queryKey: ["get", path] });
    await queries.invalidateQueries({ queryKey: ["lists", kind] });
  };
  const take = async () => saveFile(`${list.data?.name ?? "list"}.csv`, await (await raw(`/v1/${kind}/${id}/download`)).blob());
  const remove = async (numbers: string[]) => {
    await done(api.POST(`${path}/members/remove` as "/v1/lists/{id}/members/remove", { params: { path: { id } }, body: { numbers } }));
    await again();
  };
  const add = async () => {
    // By the import: of all ways it alone takes names, and tells which line it refuses and why.
    const lines = typedRecipients(typed).map((each) => csvLine([each.to, each.fields["first_name"] ?? "", each.fields["last_name"] ?? ""]));
    const query = new URLSearchParams({ columns: "to,first_name,last_name", header: "false", wait: "true" });
    const reply = await raw(`/v1/${kind}/${id}/import?${query}`, { method: "POST", body: lines.join("\n"), headers: { "Content-Type": "text/csv" } });
    const told = (await reply.json()) as Schemas["ImportView"];
    await again();
    if (told.wrong > 0) throw new Error(await why(told, lines.length));
    notifications.show({ color: "green", message: t("{{inserted}} taken, {{duplicate}} twice, {{wrong}} refused.", { inserted: told.inserted, duplicate: told.duplicate, wrong: told.wrong }) });
  };
  const why = async (told: Schemas["ImportView"], count: number) => {
    const lines = (await (await raw(`/v1/lists/imports/${told.id}/refused`)).text()).split(/\r?\n/).slice(1, 4).join("; ");
    return t("{{wrong}} of {{count}} lines were refused: {{lines}}", { wrong: told.wrong, count, lines });
  };
  const noun = kind === "lists" ? "RecipientList" : "SuppressionList";
  return (
    <Page
      title={list.data?.name ?? t("List")}
      hint={list.data && t("{{number}} numbers", { number: words.number(list.data.count) })}
      actions={
        <>
          <Allowed to={`import${noun}`}><Button leftSection={<PlusIcon />} onClick={() => { setTyped(""); setDoing("add"); }}>{t("Add numbers")}</Button></Allowed>
          <Allowed to={`remove${noun}Members`}><Button variant="default" leftSection={<MinusIcon />} onClick={() => { setTyped(""); setDoing("remove"); }}>{t("Take numbers off")}</Button></Allowed>
          {!file && <Allowed to={`import${noun}`}><Button variant="default" onClick={() => setFile(true)}>{t("Import a file")}</Button></Allowed>}
          <Button variant="default" leftSection={<DownloadIcon />} onClick={() => void take()}>{t("Export as CSV")}</Button>
          <Button component={Link} href={kind === "lists" ? "/lists" : "/lists/suppressions"} variant="default" leftSection={<ArrowLeftIcon />}>{t("All lists")}</Button>
        </>
      }
    >
      {file && list.data && <Bring kind={kind} lists={[list.data]} into={list.data} />}
      <Imports kind={kind} ended={() => void again()} />
      <Panel>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows label={t("Numbers")} rows={page.items} keyOf={(row) => row.to} empty={<Empty title={t("Nobody is on it")}>{t("Add numbers, or import a file.")}</Empty>}
                columns={[
                  { head: t("Number"), cell: (row) => <Badge variant="default" tt="none">+{row.to}</Badge> },
                  ...columns.map((each) => ({ head: t(each), cell: (row: Member) => <Text size="sm" style={{ overflowWrap: "break-word" }}>{row[each] ?? ""}</Text> })),
                  { head: t("Actions"), end: true, cell: (row: Member) => <Remove needs={`remove${noun}Members`} word={t("Take off")} what={`+${row.to}`} consequence={t("The number goes from this list only.")} act={() => remove([row.to])} /> },
                ]} />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
      <Form title={doing === "remove" ? t("Take numbers off") : t("Add numbers")} opened={doing !== null} close={() => setDoing(null)} word={doing === "remove" ? t("Take off") : t("Add")}
        save={() => (doing === "remove" ? remove(typedRecipients(typed).map((each) => each.to)) : add())}>
        <Group justify="stretch">
          <Textarea flex={1} label={t("Numbers")} description={doing === "remove" ? t("By lines or commas.") : t("A number on each line; behind a comma the first name, and the last name.")} autosize minRows={4} maxRows={12} value={typed} onChange={(e) => setTyped(e.currentTarget.value)} required data-autofocus />
        </Group>
        <Text size="xs" c="dimmed" role="status">{t("{{count}} different numbers", { count: typedRecipients(typed).length })}</Text>
      </Form>
    </Page>
  );
}
