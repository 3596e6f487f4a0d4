/** The operator's customers. */
import { Button, Group, NumberInput, Select, SimpleGrid, Switch, TextInput } from "@mantine/core";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { done, Form, Rows, StateBadge } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

type Account = Schemas["AccountView"];
type Body = Schemas["AccountBody"];

export default function Accounts() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<{ id?: string; body: Body } | null>(null);
  const [funded, setFunded] = useState<Account | null>(null);
  const [money, setMoney] = useState({ amount: "", why: "" });
  const list = $api.useQuery("get", "/v1/accounts", { params: { query: { limit: 100 } } });
  const cards = $api.useQuery("get", "/v1/rate-cards", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/accounts"] });
  const save = async () => {
    const { id, body } = edited!;
    if (id) await done(api.PUT("/v1/accounts/{id}", { params: { path: { id } }, body }));
    else await done(api.POST("/v1/accounts", { body }));
    await again();
  };
  const fund = async () => {
    await done(api.POST("/v1/accounts/{id}/fund", { params: { path: { id: funded!.id }, header: { "Idempotency-Key": crypto.randomUUID() } }, body: money }));
    await queries.invalidateQueries();
  };
  const body = edited?.body;
  const set = (change: Partial<Body>) => setEdited({ ...edited, body: { ...edited!.body, ...change } });
  const make = <Allowed to="createAccount"><Button leftSection={<PlusIcon />} onClick={() => setEdited({ body: { name: "", currency: "EUR" } })}>{t("New account")}</Button></Allowed>;
  return (
    <Page title={t("Accounts")} hint={t("The customers of this platform.")} actions={make}>
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows label={t("Accounts")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No account yet")} action={make} />}
              columns={[
                { head: t("Name"), cell: (row) => row.name },
                { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
                { head: t("Rate card"), cell: (row) => row.rate_card, wide: true },
                { head: t("Credit limit"), cell: (row) => words.money(row.credit_limit, row.currency), end: true, wide: true },
                { head: t("Charged on"), cell: (row) => t(row.charge_on), wide: true },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      <Allowed to="fund"><Button size="compact-xs" variant="default" onClick={() => { setMoney({ amount: "", why: "" }); setFunded(row); }}>{t("Fund")}</Button></Allowed>
                      <Allowed to="changeAccount"><Button size="compact-xs" variant="default" onClick={() => { const { id, ...rest } = row; setEdited({ id, body: rest as unknown as Body }); }}>{t("Change")}</Button></Allowed>
                    </Group>
                  ),
                },
              ]} />
          )}
        </Answer>
      </Panel>
      <Form title={edited?.id ? t("Change the account") : t("New account")} opened={edited !== null} close={() => setEdited(null)} save={save} size="lg">
        {body && (
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
            <TextInput label={t("Currency")} value={body.currency ?? ""} onChange={(e) => set({ currency: e.currentTarget.value.toUpperCase() })} maxLength={3} required disabled={Boolean(edited?.id)} />
            <Select label={t("State")} data={["active", "suspended"].map((each) => ({ value: each, label: t(each) }))} value={body.state ?? "active"} onChange={(state) => state && set({ state: state as "active" })} allowDeselect={false} />
            <Select label={t("Rate card")} data={cards.data?.items.filter((each) => each.side === "sell").map((each) => each.name) ?? []} value={body.rate_card ?? null} onChange={(value) => set({ rate_card: value ?? "" })} />
            <TextInput label={t("Credit limit")} inputMode="decimal" value={body.credit_limit ?? "0"} onChange={(e) => set({ credit_limit: e.currentTarget.value })} />
            <Select label={t("Charged on")} data={["sent", "delivered"].map((each) => ({ value: each, label: t(each) }))} value={body.charge_on ?? "sent"} onChange={(value) => value && set({ charge_on: value as "sent" })} allowDeselect={false} />
            <NumberInput label={t("Most parts of a message")} min={1} max={255} value={body.max_parts ?? 10} onChange={(value) => set({ max_parts: Number(value) })} />
            <NumberInput label={t("Requests per second")} min={0} value={body.submits_per_second ?? 0} onChange={(value) => set({ submits_per_second: Number(value) })} />
            <Switch label={t("Any sender without approval")} checked={body.any_sender ?? false} onChange={(e) => set({ any_sender: e.currentTarget.checked })} />
          </SimpleGrid>
        )}
      </Form>
      <Form title={t("Fund {{name}}", { name: funded?.name ?? "" })} opened={funded !== null} close={() => setFunded(null)} save={fund} word={t("Fund")}>
        <TextInput label={t("Amount in {{currency}}", { currency: funded?.currency ?? "" })} inputMode="decimal" value={money.amount} onChange={(e) => setMoney({ ...money, amount: e.currentTarget.value })} required data-autofocus />
        <TextInput label={t("Why")} placeholder={t("invoice 2027-001")} value={money.why} onChange={(e) => setMoney({ ...money, why: e.currentTarget.value })} required />
      </Form>
    </Page>
  );
}
