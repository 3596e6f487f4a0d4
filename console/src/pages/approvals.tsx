/** Senders that wait for the operator's word. */
import { Button, Group, Text, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { done, Form, Rows, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

export default function Approvals() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const list = $api.useQuery("get", "/v1/approvals", { params: { query: { limit: 100 } } }, { refetchInterval: 10_000 });
  const [refused, setRefused] = useState<Schemas["ApprovalView"] | null>(null);
  const [reason, setReason] = useState("");
  const say = async (row: Schemas["ApprovalView"], state: "approved" | "refused", reason = "") => {
    const { name, country } = row.sender;
    await done(api.PUT("/v1/senders/{id}", { params: { path: { id: row.sender.id }, query: { account: row.account } }, body: { name, country: country ?? null, state, reason } }));
    await queries.invalidateQueries();
  };
  const approve = async (row: Schemas["ApprovalView"]) => {
    try {
      await say(row, "approved");
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  return (
    <Page title={t("Approvals")} hint={t("Senders and numbers that wait for your word.")}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Approvals")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("Nothing waits")}>{t("New requests appear here.")}</Empty>}
              columns={[
                { head: t("Sender"), cell: (row) => <Text fw={600} size="sm">{row.sender.name}</Text> },
                { head: t("Account"), cell: (row) => row.account_name },
                { head: t("Country"), cell: (row) => (row.sender.country ? words.country(row.sender.country) : t("all")), wide: true },
                { head: t("Rented"), cell: (row) => (row.rental ? <When at={row.rental.bought_at} /> : "–"), wide: true },
                {
                  head: t("Actions"), end: true,
                  // To decide is for whoever may change accounts: "changeSender" is in everybody's list who may ask for one.
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Allowed to="changeAccount"><Button size="compact-sm" onClick={() => void approve(row)}>{t("Approve")}</Button></Allowed>
                      <Allowed to="changeAccount"><Button size="compact-sm" variant="default" onClick={() => { setReason(""); setRefused(row); }}>{t("Refuse")}</Button></Allowed>
                    </Group>
                  ),
                },
              ]} />
          )}
        </Answer>
      </Panel>
      <Form title={t("Refuse {{name}}", { name: refused?.sender.name ?? "" })} opened={refused !== null} close={() => setRefused(null)} save={() => say(refused!, "refused", reason)} word={t("Refuse")}>
        <Textarea label={t("Why")} description={t("The customer reads it.")} autosize minRows={2} maxLength={500} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
        {refused?.rental && <Text size="sm" c="dimmed">{t("It was paid for: the money is given back.")}</Text>}
      </Form>
    </Page>
  );
}
