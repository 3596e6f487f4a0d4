/** What messages come from: names and numbers, their approval, and the market of numbers. */
import { Alert, Badge, Button, Group, Select, Tabs, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { useEvery } from "../parts/every";
import { Allowed } from "../parts/may";
import { CountrySelect } from "../parts/countries";
import { SenderListForm } from "../parts/makers";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";
import { plainly, useWords } from "../parts/words";

type Sender = Schemas["SenderView"];

export default function Senders() {
  const { t } = useTranslation();
  const offered = useOffered();
  return (
    <Page title={t("Senders and numbers")} hint={t("A message comes from a name or from a number. Names need approval; numbers can receive as well.")}>
      <Tabs defaultValue="senders" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="senders">{t("Senders")}</Tabs.Tab>
          {offered("listSenderLists") && <Tabs.Tab value="lists">{t("Sender lists")}</Tabs.Tab>}
          <Tabs.Tab value="numbers">{t("Numbers")}</Tabs.Tab>
          {offered("listOffers") && <Tabs.Tab value="market">{t("Get a number")}</Tabs.Tab>}
          {offered("listRentals") && <Tabs.Tab value="rentals">{t("Rentals")}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="senders"><Names /></Tabs.Panel>
        <Tabs.Panel value="lists"><Several /></Tabs.Panel>
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
  const [edited, setEdited] = useState<Partial<Sender> | null>(null);
  const pages = usePages(["get", "/v1/senders", "page"], (after) => done(api.GET("/v1/senders", { params: { query: { limit: 50, ...(after ? { after } : {}) } } })));
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/senders"] });
  const save = async () => {
    const body = { name: edited?.name ?? "", ...(edited?.country ? { country: edited.country } : {}) };
    if (edited?.id) await done(api.PUT("/v1/senders/{id}", { params: { path: { id: edited.id } }, body }));
    else await done(api.POST("/v1/senders", { body }));
    notifications.show({ message: t("Asked for. It can be used once it is approved.") });
    await again();
  };
  const ask = <Allowed to="createSender"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("Ask for a sender")}</Button></Allowed>;
  return (
    <Panel title={t("Senders")} actions={ask}>
      <Answer of={pages}>
        {(data) => (
          <>
            <Rows
              label={t("Senders")}
              rows={data.items}
              keyOf={(row) => row.id}
              empty={<Empty title={t("No sender yet")} action={ask}>{t("A sender is what the handset shows as the origin, up to eleven letters.")}</Empty>}
              columns={[
                { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
                { head: t("Country"), cell: (row) => (row.country ? words.country(row.country) : t("all")), wide: true },
                { head: t("State"), cell: (row) => <><StateBadge state={row.enabled === false ? "off" : row.state} />{row.reason && <Text size="xs" mt={4} style={{ overflowWrap: "anywhere" }}>{row.reason}</Text>}</> },
                {
                  head: t("Actions"), end: true,
                  cell: (row) => (
                    <Group gap={4} justify="flex-end" wrap="nowrap">
                      {row.state === "refused" && <Allowed to="changeSender"><Button size="compact-xs" variant="default" onClick={() => setEdited(row)}>{t("Ask again")}</Button></Allowed>}
                      <Remove needs="removeSender" what={row.name} consequence={t("Messages from it are refused from now on.")} act={async () => { await done(api.DELETE("/v1/senders/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                    </Group>
                  ),
                },
              ]}
            />
            <Pager pages={pages} />
          </>
        )}
      </Answer>
      <Form title={edited?.id ? t("Ask again") : t("Ask for a sender")} opened={edited !== null} close={() => setEdited(null)} save={save} word={t("Ask for it")}>
        {edited?.reason && <Alert color="red" variant="light" title={t("Why it was refused")}>{edited.reason}</Alert>}
        <TextInput label={t("Name")} description={t("Up to eleven letters and digits, or a number.")} value={edited?.name ?? ""} onChange={(e) => setEdited({ ...edited, name: e.currentTarget.value })} required maxLength={15} data-autofocus />
        <CountrySelect label={t("Country")} placeholder={t("all")} value={edited?.country ?? null} onChange={(country) => setEdited({ ...edited, country })} />
        {edited?.id && <Text size="sm" c="dimmed">{t("With another name or country it waits for approval again; otherwise remove it and ask anew.")}</Text>}
      </Form>
    </Panel>
  );
}

function Several() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Partial<Schemas["SenderListView"]> | null>(null);
  const list = useEvery("/v1/sender-lists");
  const senders = useEvery("/v1/senders");
  const nameOf = (id: string) => senders.data?.items.find((each) => each.id === id)?.name ?? id;
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/sender-lists"] });
  const make = <Allowed to="createSenderList"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setEdited({})}>{t("New sender list")}</Button></Allowed>;
  return (
    <Panel title={t("Sender lists")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Sender lists")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No sender list yet")} action={make}>{t("Each recipient of a campaign gets it from one of its senders, by lot.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text fw={600} size="sm">{row.name}</Text> },
              { head: t("Senders"), cell: (row) => <Text size="sm" lineClamp={2}>{row.senders.map(nameOf).join(", ")}</Text> },
              { head: t("State"), cell: (row) => (row.enabled ? t("switched on") : t("switched off")), wide: true },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeSenderList"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setEdited(row)}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeSenderList" what={row.name} consequence={t("Campaigns that were accepted keep theirs.")} act={async () => { await done(api.DELETE("/v1/sender-lists/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <SenderListForm edited={edited} close={() => setEdited(null)} />
    </Panel>
  );
}

function Numbers() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [edited, setEdited] = useState<Schemas["NumberView"] | null>(null);
  const [service, setService] = useState<string | null>(null);
  const list = useEvery("/v1/numbers");
  const services = useEvery("/v1/services");
  const named = new Map(services.data?.items.map((each) => [each.id, each.name]));
  const save = async () => {
    const { id, msisdn, country, features, shared } = edited!;
    await done(api.PUT("/v1/numbers/{id}", { params: { path: { id } }, body: { msisdn, country: country ?? null, features: features as ["sms"], shared, service } }));
    await queries.invalidateQueries({ queryKey: ["get", "/v1/numbers"] });
  };
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
              { head: t("Country"), cell: (row) => words.country(row.country), wide: true },
              { head: t("Can"), cell: (row) => <Group gap={4}>{row.features.map((each) => <Badge key={each} variant="default" tt="none">{t(each)}</Badge>)}</Group>, wide: true },
              { head: t("Service"), cell: (row) => (row.service ? (named.get(row.service) ?? row.service) : "–"), wide: true },
              { head: t("Shared"), cell: (row) => (row.shared ? t("yes") : t("no")), wide: true },
              { head: t("Actions"), end: true, cell: (row) => <Allowed to="changeNumber"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => { setService(row.service ?? null); setEdited(row); }}>{t("Service")}</Button></Allowed> },
            ]}
          />
        )}
      </Answer>
      <Form title={t("Whose messages to {{number}} are", { number: edited?.msisdn ?? "" })} opened={edited !== null} close={() => setEdited(null)} save={save}>
        <Select label={t("Service")} placeholder={t("of the whole account")} data={(services.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))} value={service} onChange={setService} clearable clearButtonProps={{ "aria-label": t("Clear") }} data-autofocus />
        <Text size="sm" c="dimmed">{t("Messages to the number go to the webhooks of this service. Keywords on it come first.")}</Text>
      </Form>
    </Panel>
  );
}

const FEATURES = ["two_way", "voice", "mms"] as const;
const KINDS = ["long_number", "short_code", "toll_free", "alphanumeric"] as const;

function Market() {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [country, setCountry] = useState<string | null>("BD");
  const [feature, setFeature] = useState<string | null>(null);
  const [service, setService] = useState<string | null>(null);
  const services = useEvery("/v1/services");
  const [kind, setKind] = useState<string | null>(null);
  const [contains, setContains] = useState("");
  const [wanted] = useDebouncedValue(contains.replace(/[^\d*]/g, ""), 300);
  const [buying, setBuying] = useState<Schemas["OfferView"] | null>(null);
  const [name, setName] = useState("");
  const asked = { ...(country ? { country } : {}), ...(feature ? { feature: feature as "voice" } : {}), ...(kind ? { kind: kind as "short_code" } : {}), ...(wanted ? { contains: wanted } : {}) };
  const pages = usePages(["offers", asked], (after) => done(api.GET("/v1/offers", { params: { query: { ...asked, limit: 25, ...(after ? { after } : {}) } } })));
  const rule = (pages.data as Schemas["OffersView"] | undefined)?.restriction;
  const buy = async () => {
    const rental = await done(api.POST("/v1/offers/{id}/buy", { params: { path: { id: buying!.id } }, body: { ...(buying!.number ? {} : { name }), ...(service ? { service } : {}) } }));
    notifications.show({ color: "green", message: rental.state === "pending" ? t("Bought. It waits for approval.") : t("Bought. It is yours.") });
    await queries.invalidateQueries();
  };
  return (
    <Panel title={t("Get a number")}>
      <Group align="flex-end" mb="sm" role="search">
        <CountrySelect label={t("Country")} value={country} onChange={setCountry} w={200} />
        <Select label={t("Kind")} data={KINDS.map((each) => ({ value: each, label: t(each) }))} value={kind} onChange={setKind} clearable clearButtonProps={{ "aria-label": t("Clear") }} w={180} />
        <Select label={t("Can")} data={FEATURES.map((each) => ({ value: each, label: t(each) }))} value={feature} onChange={setFeature} clearable clearButtonProps={{ "aria-label": t("Clear") }} w={140} />
        <TextInput label={t("Contains")} title={t("Digits; a star stands for any.")} placeholder="49*72" value={contains} onChange={(e) => setContains(e.currentTarget.value)} w={140} />
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
                { head: t("Actions"), end: true, cell: (row) => <Allowed to="buyOffer"><Button size="compact-sm" onClick={() => { setName(""); setService(null); setBuying(row); }}>{t("Buy")}</Button></Allowed> },
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
            {(services.data?.items.length ?? 0) > 0 && <Select label={t("For the service")} placeholder={t("of the whole account")} data={services.data!.items.map((each) => ({ value: each.id, label: each.name }))} value={service} onChange={setService} clearable clearButtonProps={{ "aria-label": t("Clear") }} />}
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
              { head: t("State"), cell: (row) => <Group gap={6}><StateBadge state={row.state} />{row.reason && <Text size="xs" c="dimmed">{plainly(t, row.reason)}</Text>}</Group> },
              { head: t("A month"), cell: (row) => words.money(row.monthly, row.currency), end: true },
              { head: t("Paid until"), cell: (row) => <When at={row.paid_until} />, wide: true },
              { head: t("Bought"), cell: (row) => <When at={row.bought_at} />, wide: true },
              { head: t("Actions"), end: true, cell: (row) => (row.ended_at ? null : <Remove needs="releaseNumber" word={t("Give back")} what={row.name} consequence={t("It stops at once and may go to somebody else.")} act={() => release(row)} />) },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
