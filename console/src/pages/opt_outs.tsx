/** Numbers that must not hear from us. */
import { Alert, Button, Group, Text, TextInput } from "@mantine/core";
import { DownloadIcon, PlusIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { api, raw, type Schemas } from "../api/client";
import { done, Form, Remove, Rows, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { Upload } from "../parts/upload";
import { saveWhole } from "../parts/whole_file";

interface Imported {
  inserted: number;
  known: number;
  wrong: number;
  errors: Schemas["LineView"][];
}

export default function OptOuts() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [body, setBody] = useState({ to: "", from: "", campaign: "" });
  const [imported, setImported] = useState<Imported | null>(null);
  const [error, setError] = useState<unknown>(null);
  const pages = usePages(["opt-outs"], (after) => done(api.GET("/v1/opt-outs", { params: { query: { limit: 50, ...(after ? { after } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ["opt-outs"] });
  const bring = async (file: File) => {
    setError(null);
    setImported(null);
    try {
      const type = file.name.endsWith(".csv") || file.name.endsWith(".txt") ? "text/csv" : "application/x-ndjson";
      const reply = await raw("/v1/opt-outs/import", { method: "POST", body: file, headers: { "Content-Type": type } });
      setImported((await reply.json()) as Imported);
      await again();
    } catch (caught) {
      setError(caught);
    }
  };
  const take = () => saveWhole("/v1/opt-outs/export", "opt-outs.csv");
  const add = <Allowed to="createOptOut"><Button leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("Add a number")}</Button></Allowed>;
  return (
    <Page
      title={t("Opt-outs")}
      hint={t("Messages to these numbers are refused. Handsets come here by themselves when they write STOP.")}
      actions={<><Button variant="default" leftSection={<DownloadIcon />} onClick={() => void take()}>{t("Export as CSV")}</Button>{add}</>}
    >
      <Panel title={t("Import")}>
        <Upload needs="importOptOuts" take={(file) => void bring(file)} accept=".csv,.txt,.ndjson,.jsonl" label={t("Choose a list")} hint={t("CSV with the columns to, from, campaign; or one number per line.")} />
        <Failure error={error} />
        {imported && (
          <Alert mt="sm" color={imported.wrong ? "yellow" : "green"} title={t("The list was taken")} role="status">
            <Text size="sm">{t("{{inserted}} new, {{known}} known already, {{wrong}} refused.", { ...imported })}</Text>
            {imported.errors.slice(0, 10).map((each) => <Text size="sm" key={each.line}>{t("Line {{line}}", { line: each.line })}: {each.detail}</Text>)}
          </Alert>
        )}
      </Panel>
      <Panel>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows
                label={t("Opt-outs")}
                rows={page.items}
                keyOf={(row) => `${row.to} ${row.from} ${row.campaign}`}
                empty={<Empty title={t("Nobody has opted out")} action={add} />}
                columns={[
                  { head: t("Number"), cell: (row) => `+${row.to}` },
                  { head: t("Of sender"), cell: (row) => row.from || t("all") },
                  { head: t("Of campaign"), cell: (row) => row.campaign || t("all"), wide: true },
                  { head: t("By"), cell: (row) => row.source, wide: true },
                  { head: t("Since"), cell: (row) => <When at={row.created_at} />, wide: true },
                  {
                    head: t("Actions"), end: true,
                    cell: (row) => (
                      <Remove needs="removeOptOut" what={`+${row.to}`} consequence={t("Messages to this number are sent again. Only do this when its owner asked for it.")}
                        act={async () => {
                          const query = { ...(row.from ? { from: row.from } : {}), ...(row.campaign ? { campaign: row.campaign } : {}) };
                          await done(api.DELETE("/v1/opt-outs/{msisdn}", { params: { path: { msisdn: row.to }, query } }));
                          await again();
                        }} />
                    ),
                  },
                ]}
              />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
      <Form title={t("Add a number")} opened={opened} close={() => setOpened(false)} save={async () => { await done(api.POST("/v1/opt-outs", { body })); await again(); }}>
        <TextInput label={t("Number")} value={body.to} onChange={(e) => setBody({ ...body, to: e.currentTarget.value })} required data-autofocus />
        <Group grow>
          <TextInput label={t("Of sender")} description={t("Empty: of all")} value={body.from} onChange={(e) => setBody({ ...body, from: e.currentTarget.value })} />
          <TextInput label={t("Of campaign")} description={t("Empty: of all")} value={body.campaign} onChange={(e) => setBody({ ...body, campaign: e.currentTarget.value })} />
        </Group>
      </Form>
    </Page>
  );
}
