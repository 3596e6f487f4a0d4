/** What messages cost: rate cards, and the import of new prices with everything that would change. */
import { Badge, Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { done, Form, Rows, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { readTable } from "../parts/tables";
import { Upload } from "../parts/upload";
import { useWords } from "../parts/words";

type Rate = Schemas["RateView"];

interface Change {
  key: string;
  kind: "new" | "dearer" | "cheaper" | "gone";
  before?: string;
  after?: string;
}

function place(rate: Rate): string {
  return [rate.prefix ? `+${rate.prefix}` : "", rate.mcc ? `${rate.mcc}-${rate.mnc ?? "*"}` : ""].filter(Boolean).join(" ") || "*";
}

/** What would be different; rates that begin later stand for themselves. */
export function difference(before: Rate[], after: Rate[], replace: boolean): Change[] {
  const key = (rate: Rate) => `${place(rate)}${rate.effective_from ? ` @${rate.effective_from}` : ""}`;
  const old = new Map(before.map((each) => [key(each), each.price]));
  const fresh = new Map(after.map((each) => [key(each), each.price]));
  const changes: Change[] = [];
  for (const [name, price] of fresh) {
    const was = old.get(name);
    if (was === undefined) changes.push({ key: name, kind: "new", after: price });
    else if (Number(was) !== Number(price)) changes.push({ key: name, kind: Number(price) > Number(was) ? "dearer" : "cheaper", before: was, after: price });
  }
  if (replace) for (const [name, price] of old) if (!fresh.has(name)) changes.push({ key: name, kind: "gone", before: price });
  return changes;
}

/** CSV with a heading line: prefix, mcc, mnc, price, effective_from. */
export function readRates(text: string): Rate[] {
  const [head, ...rows] = readTable(text);
  const names = (head ?? []).map((each) => each.trim().toLowerCase());
  if (!names.includes("price")) throw new Error("price");
  return rows.map((row) => {
    const of = (name: string) => row[names.indexOf(name)]?.trim() || undefined;
    const rate: Rate = { price: of("price") ?? "" };
    for (const name of ["prefix", "mcc", "mnc", "effective_from"] as const) {
      const value = of(name);
      if (value) rate[name] = value;
    }
    return rate;
  });
}

export default function Rates() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | null>(null);
  const [opened, setOpened] = useState(false);
  const [body, setBody] = useState<Schemas["RateCardBody"]>({ name: "", currency: "EUR", side: "sell" });
  const cards = $api.useQuery("get", "/v1/rate-cards", { params: { query: { limit: 100 } } });
  const name = chosen ?? cards.data?.items[0]?.name ?? null;
  const save = async () => {
    const card = await done(api.POST("/v1/rate-cards", { body }));
    await queries.invalidateQueries({ queryKey: ["get", "/v1/rate-cards"] });
    setChosen(card.name);
  };
  return (
    <Page title={t("Rates")} hint={t("What is charged to accounts and paid to carriers, by prefix or network. The longest prefix wins.")} actions={<Allowed to="createRateCard"><Button leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("New rate card")}</Button></Allowed>}>
      <Answer of={cards}>
        {(data) =>
          data.items.length === 0 ? <Empty title={t("No rate card yet")} /> : (
            <>
              <Select label={t("Rate card")} data={data.items.map((each) => ({ value: each.name, label: `${each.name} · ${each.currency} · ${t(each.side)}` }))} value={name} onChange={(value) => value && setChosen(value)} allowDeselect={false} maw={320} />
              {name && <Card key={name} name={name} />}
            </>
          )
        }
      </Answer>
      <Form title={t("New rate card")} opened={opened} close={() => setOpened(false)} save={save}>
        <TextInput label={t("Name")} value={body.name} onChange={(e) => setBody({ ...body, name: e.currentTarget.value })} required data-autofocus />
        <TextInput label={t("Currency")} value={body.currency ?? ""} onChange={(e) => setBody({ ...body, currency: e.currentTarget.value.toUpperCase() })} maxLength={3} required />
        <Select label={t("For")} data={[{ value: "sell", label: t("sell") }, { value: "buy", label: t("buy") }]} value={body.side ?? "sell"} onChange={(value) => value && setBody({ ...body, side: value as "sell" })} allowDeselect={false} />
      </Form>
    </Page>
  );
}

function Card({ name }: { name: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [proposed, setProposed] = useState<Rate[] | null>(null);
  const [replace, setReplace] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const where = { params: { path: { name } } };
  const asked = $api.useQuery("get", "/v1/rate-cards/{name}/rates", where);
  const rates = { ...asked, data: asked.data as Schemas["RatesView"] | undefined }; // the same address speaks CSV as well
  const take = async (file: File) => {
    setError(null);
    try {
      setProposed(readRates(await file.text()));
    } catch {
      setError(new Error(t("The file needs a heading line with at least the column “price”.")));
    }
  };
  const apply = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = { rates: proposed! };
      if (replace) await done(api.PUT("/v1/rate-cards/{name}/rates", { ...where, body }));
      else await done(api.POST("/v1/rate-cards/{name}/rates", { ...where, body }));
      notifications.show({ color: "green", message: t("The prices hold from now on.") });
      setProposed(null);
      await queries.invalidateQueries({ queryKey: ["get", "/v1/rate-cards/{name}/rates"] });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const changes = proposed && rates.data ? difference(rates.data.rates, proposed, replace) : null;
  return (
    <>
      <Panel title={t("Import")}>
        <Stack gap="sm">
          <Upload needs="addRates" take={(file) => void take(file)} accept=".csv,.txt" label={t("Choose a price list")} hint={t("CSV with the columns prefix, mcc, mnc, price, effective_from. Nothing changes before you say so.")} />
          <Failure error={error} />
          {changes && (
            <>
              <Checkbox label={t("The file is the whole list: what it does not name is taken away")} checked={replace} onChange={(e) => setReplace(e.currentTarget.checked)} />
              <Rows label={t("Changes")} rows={changes.slice(0, 200)} keyOf={(row) => row.key} empty={<Empty title={t("Nothing would change")} />}
                columns={[
                  { head: t("Where"), cell: (row) => row.key },
                  { head: t("Change"), cell: (row) => <Badge tt="none" color={{ new: "blue", dearer: "red", cheaper: "green", gone: "gray" }[row.kind]}>{t(row.kind)}</Badge> },
                  { head: t("Before"), cell: (row) => words.money(row.before), end: true },
                  { head: t("After"), cell: (row) => words.money(row.after), end: true },
                ]} />
              {changes.length > 200 && <Text size="sm" c="dimmed">{t("and {{count}} more", { count: changes.length - 200 })}</Text>}
              <Group justify="flex-end">
                <Button variant="default" onClick={() => setProposed(null)}>{t("Leave it as it is")}</Button>
                <Button loading={busy} disabled={changes.length === 0} onClick={() => void apply()}>{t("Apply {{count}} change(s)", { count: changes.length })}</Button>
              </Group>
            </>
          )}
        </Stack>
      </Panel>
      <Panel title={t("Prices")}>
        <Answer of={rates}>
          {(data) => (
            <Rows label={t("Prices")} rows={data.rates.slice(0, 500)} keyOf={(row) => `${place(row)} ${row.effective_from ?? ""}`} empty={<Empty title={t("No price yet")}>{t("Import a price list: without a price nothing can be sent.")}</Empty>}
              columns={[
                { head: t("Where"), cell: (row) => (place(row) === "*" ? t("everywhere else") : place(row)) },
                { head: t("Price of a part"), cell: (row) => words.money(row.price, data.card.currency), end: true },
                { head: t("From"), cell: (row) => (row.effective_from ? <When at={row.effective_from} /> : t("now")), end: true, wide: true },
              ]} />
          )}
        </Answer>
      </Panel>
    </>
  );
}
