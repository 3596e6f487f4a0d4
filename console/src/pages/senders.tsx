/** What messages come from: names and numbers, their approval, and the market of numbers. */
import { Alert, Badge, Button, Group, Select, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { useWords } from "../parts/words";

export default function Senders() {
  const { t } = useTranslation();
  const offered = useOffered();
  return (
    <Page title={t("Senders and numbers")} hint={t("A message comes from a name or from a number. Names need approval; numbers can receive as well.")}>
      <Tabs defaultValue="senders" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="senders">{t("Senders")}</Tabs.Tab>
          <Tabs.Tab value="numbers">{t("Numbers")}</Tabs.Tab>
          {offered("listOffers") && <Tabs.Tab value="market">{t("Get a number")}</Tabs.Tab>}
          {offered("listRentals") && <Tabs.Tab value="rentals">{t("Rentals")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="senders"><Names /></Tabs.Panel>
        <Tabs.Panel value="numbers"><Numbers /></Tabs.Panel>
        <Tabs.Panel value="market"><Market /></Tabs.Panel>
        <Tabs.Panel value="rentals"><Rentals /></Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Names() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [opened, setOpened] = useState(false);
  const [name, setName] = useState("");
  const [country, setCountry] = useState("");
  const list = $api.useQuery("get", "/v1/senders", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/senders"] });
  const save = async () => {
    await done(api.POST("/v1/senders", { body: { name, ...(country ? { country: country.toUpperCase() } : {}) } }));
    notifications.show({ message: t("Asked for. It can be used once it is approved.") });
    await again();
  };
  const ask = <Button size="xs" leftSection={<PlusIcon />} onClick={() => setOpened(true)}>{t("Ask for a sender")}</Button>;
  return (
    <Panel title={t("Senders")} actions={ask}>
      <Answer of={list}>
        {(data) => (
          <Rows
            label={t("Senders")}
            rows={data.items}
            keyOf={(row) => row.id}
            empty={<Empty title={t("No sender yet")} action={ask}>{t("A sender is what the handset shows as the origin, up to eleven letters.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("Country"), cell: (row) => (row.country ? words.country(row.country) : t("all")) },
              { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
              { head: t("Actions"), end: true, cell: (row) => <Remove what={row.name} consequence={t("Messages from it are refused from now on.")} act={async () => { await done(api.DELETE("/v1/senders/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
            ]}
          />
        )}
      </Answer>
      <Form title={t("Ask for a sender")} opened={opened} close={() => setOpened(false)} save={save} word={t("Ask for it")}>
        <TextInput label={t("Name")} description={t("Up to eleven letters and digits, or a number.")} value={name} onChange={(e) => setName(e.currentTarget.value)} required maxLength={15} data-autofocus />
        <TextInput label={t("Country")} description={t("Two letters, such as BD; empty: all.")} value={country} onChange={(e) => setCountry(e.currentTarget.value)} maxLength={2} />
      </Form>
    </Panel>
  );
}

function Numbers() {
  const { t } = useTranslation();
  const words = useWords();
  const list = $api.useQuery("get", "/v1/numbers", { params: { query: { limit: 100 } } });
  const services = $api.useQuery("get", "/v1/services", { params: { query: { limit: 100 } } });
  const named = new Map(services.data?.items.map((each) => [each.id, each.name]));
  return (
    <Panel title={t("Numbers")}>
      <Answer of={list}>
        {(data) => (
          <Rows
            label={t("Numbers")}
            rows={data.items}
            keyOf={(row) => row.id}
            empty={<Empty title={t("No number yet")}>{t("Choose one under “Get a number”.")}</Empty>}
            columns={[
              { head: t("Number"), cell: (row) => <Text fw={600} size="sm">{row.msisdn}</Text> },
              { head: t("Country"), cell: (row) => words.country(row.country) },
              { head: t("Can"), cell: (row) => <Group gap={4}>{row.features.map((each) => <Badge key={each} variant="default" tt="none">{t(each)}</Badge>)}</Group>, wide: true },
              { head: t("Service"), cell: (row) => (row.service ? (named.get(row.service) ?? row.service) : "–"), wide: true },
              { head: t("Shared"), cell: (row) => (row.shared ? t("yes") : t("no")), wide: true },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}

const KINDS = ["long_number", "short_code", "toll_free", "alphanumeric"] as const;

function Market() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [country, setCountry] = useState("BD");
  const [kind, setKind] = useState<string | null>(null);
  const [contains, setContains] = useState("");
  const [wanted] = useDebouncedValue(contains.replace(/\D/g, ""), 300);
  const [buying, setBuying] = useState<Schemas["OfferView"] | null>(null);
  const [name, setName] = useState("");
  const asked = { ...(country.length === 2 ? { country: country.toUpperCase() } : {}), ...(kind ? { kind: kind as "short_code" } : {}), ...(wanted ? { contains: wanted } : {}) };
  const pages = usePages(["offers", asked], (after) => done(api.GET("/v1/offers", { params: { query: { ...asked, limit: 25, ...(after ? { after } : {}) } } })));
  const rule = (pages.data as Schemas["OffersView"] | undefined)?.restriction;
  const buy = async () => {
    const rental = await done(api.POST("/v1/offers/{id}/buy", { params: { path: { id: buying!.id } }, body: buying!.number ? {} : { name } }));
    notifications.show({ color: "green", message: rental.state === "pending" ? t("Bought. It waits for approval.") : t("Bought. It is yours.") });
    await queries.invalidateQueries();
  };
  return (
    <Panel title={t("Get a number")}>
      <Group align="flex-end" mb="sm" role="search">
        <TextInput label={t("Country")} value={country} onChange={(e) => setCountry(e.currentTarget.value)} maxLength={2} w={90} />
        <Select label={t("Kind")} data={KINDS.map((each) => ({ value: each, label: t(each) }))} value={kind} onChange={setKind} clearable clearButtonProps={{ "aria-label": t("Clear") }} w={180} />
        <TextInput label={t("Contains")} inputMode="numeric" value={contains} onChange={(e) => setContains(e.currentTarget.value)} w={140} />
      </Group>
      {rule && (
        <Alert mb="sm" variant="light" title={t("Rules of {{country}}", { country: words.country(rule.country) })}>
          <Text size="sm">{[rule.registration ? t("Senders must be registered.") : "", rule.content, rule.hours, rule.note].filter(Boolean).join(" ")}</Text>
        </Alert>
      )}
      <Answer of={pages}>
        {(page) => (
          <>
            <Rows
              label={t("Offers")}
              rows={page.items}
              keyOf={(row) => row.id}
              empty={<Empty title={t("Nothing on offer fits")}>{t("Try another country or kind, or ask the operator.")}</Empty>}
              columns={[
                { head: t("Number"), cell: (row) => <Text fw={600} size="sm">{row.number ?? t("a name of your choice")}</Text> },
                { head: t("Kind"), cell: (row) => t(row.kind), wide: true },
                { head: t("Can"), cell: (row) => row.features.map((each) => t(each)).join(", "), wide: true },
                { head: t("Once"), cell: (row) => words.money(row.setup, row.currency), end: true, wide: true },
                { head: t("A month"), cell: (row) => words.money(row.monthly, row.currency), end: true },
                { head: t("Actions"), end: true, cell: (row) => <Button size="compact-sm" onClick={() => { setName(""); setBuying(row); }}>{t("Buy")}</Button> },
              ]}
            />
            <Pager pages={pages} />
          </>
        )}
      </Answer>
      <Form title={t("Buy {{what}}", { what: buying?.number ?? (buying ? t(buying.kind) : "") })} opened={buying !== null} close={() => setBuying(null)} save={buy} word={t("Buy")}>
        {buying && (
          <>
            {!buying.number && <TextInput label={t("Name")} value={name} onChange={(e) => setName(e.currentTarget.value)} maxLength={11} required data-autofocus />}
            <Text size="sm">{t("{{setup}} now, then {{monthly}} a month, from the account's balance.", { setup: words.money(buying.setup, buying.currency), monthly: words.money(buying.monthly, buying.currency) })}</Text>
            {buying.approval && <Text size="sm" c="dimmed">{t("The operator looks at it first; nothing can be sent from it until then.")}</Text>}
          </>
        )}
      </Form>
    </Panel>
  );
}

function Rentals() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const list = $api.useQuery("get", "/v1/rentals", { params: { query: { limit: 100 } } });
  const release = async (row: Schemas["RentalView"]) => {
    if (row.number) await done(api.POST("/v1/numbers/{id}/release", { params: { path: { id: row.number } } }));
    else await done(api.POST("/v1/senders/{id}/release", { params: { path: { id: row.sender } } }));
    await queries.invalidateQueries();
  };
  return (
    <Panel title={t("Rentals")}>
      <Answer of={list}>
        {(data) => (
          <Rows
            label={t("Rentals")}
            rows={data.items}
            keyOf={(row) => row.id}
            empty={<Empty title={t("Nothing is rented")}>{t("Choose a number under “Get a number”.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("State"), cell: (row) => <StateBadge state={row.state} /> },
              { head: t("A month"), cell: (row) => words.money(row.monthly, row.currency), end: true },
              { head: t("Paid until"), cell: (row) => <When at={row.paid_until} />, wide: true },
              { head: t("Bought"), cell: (row) => <When at={row.bought_at} />, wide: true },
              { head: t("Actions"), end: true, cell: (row) => (row.ended_at ? null : <Remove word={t("Give back")} what={row.name} consequence={t("It stops at once and may go to somebody else.")} act={() => release(row)} />) },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
