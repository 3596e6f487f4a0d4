/** Senders that wait for the operator's word. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { $api, api, sentence, type Schemas } from "../api/client";
import { done, Rows, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

export default function Approvals() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const list = $api.useQuery("get", "/v1/approvals", { params: { query: { limit: 100 } } }, { refetchInterval: 10_000 });
  const say = async (row: Schemas["ApprovalView"], state: "approved" | "refused") => {
    try {
      const { name, country } = row.sender;
      await done(api.PUT("/v1/senders/{id}", { params: { path: { id: row.sender.id }, query: { account: row.account } }, body: { name, country: country ?? null, state } }));
      await queries.invalidateQueries();
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
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Button size="compact-sm" onClick={() => void say(row, "approved")}>{t("Approve")}</Button>
                      <Button size="compact-sm" variant="default" onClick={() => void say(row, "refused")}>{t("Refuse")}</Button>
                    </Group>
                  ),
                },
              ]} />
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
