/** What messages may be searched by; what is seldom asked is behind a button. */
import { Button, Collapse, Group, MultiSelect, Select, SimpleGrid, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { $api } from "../api/client";
import { useOffered } from "../api/session";
import { CountrySelect } from "../parts/countries";
import { momentIn, useZone } from "../parts/words";

const STATES = ["scheduled", "queued", "sent", "uncertain", "delivered", "undelivered", "expired", "rejected", "failed", "cancelled"];
/** The APIs by which messages come. */
export const APIS = ["native", "smpp", "mimsms", "smsapi", "imiconnect", "mitto", "messagewhiz"];

export interface Filters {
  to: string;
  from: string;
  text: string;
  status: string[];
  carrier: string;
  dialect: string | null;
  country: string | null;
  since: string;
  until: string;
  reference: string;
}

export const NONE: Filters = { to: "", from: "", text: "", status: [], carrier: "", dialect: null, country: null, since: "", until: "", reference: "" };

/** The filters as the API has them; what is empty is not asked. */
export function useAsked(filters: Filters): Record<string, string> {
  const [zone] = useZone();
  const asked = {
    to: filters.to.trim(),
    from: filters.from.trim(),
    text: filters.text.trim(),
    status: filters.status.join(","),
    carrier: filters.carrier.trim(),
    dialect: filters.dialect ?? "",
    country: filters.country ?? "",
    reference: filters.reference.trim(),
    since: filters.since ? momentIn(zone, filters.since) : "",
    until: filters.until ? momentIn(zone, filters.until) : "",
  };
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ""));
}

interface Part {
  filters: Filters;
  set: (change: Partial<Filters>) => void;
}

export function Search({ filters, set, clear }: Part & { clear: () => void }) {
  const { t } = useTranslation();
  const hidden = [filters.carrier, filters.dialect, filters.country, filters.since, filters.until, filters.reference].filter(Boolean).length;
  const [opened, { toggle }] = useDisclosure(hidden > 0);
  const filtered = JSON.stringify(filters) !== JSON.stringify(NONE);
  return (
    <div role="search" style={{ marginBottom: 12 }}>
      <Group gap="sm" align="flex-end">
        <TextInput label={t("Recipient")} value={filters.to} inputMode="tel" maxLength={64} onChange={(e) => set({ to: e.currentTarget.value })} flex="1 1 140px" />
        <TextInput label={t("Sender")} value={filters.from} maxLength={64} onChange={(e) => set({ from: e.currentTarget.value })} flex="1 1 130px" />
        <TextInput label={t("Text")} value={filters.text} maxLength={200} onChange={(e) => set({ text: e.currentTarget.value })} flex="1 1 160px" />
        <MultiSelect label={t("State")} data={STATES.map((each) => ({ value: each, label: t(each) }))} value={filters.status} onChange={(status) => set({ status })} clearable clearButtonProps={{ "aria-label": t("Clear") }} flex="1 1 200px" />
        <Group gap="xs">
          <Button variant="default" onClick={toggle} aria-expanded={opened}>{hidden > 0 ? t("More filters ({{count}})", { count: hidden }) : t("More filters")}</Button>
          {filtered && <Button variant="subtle" onClick={clear}>{t("Clear filters")}</Button>}
        </Group>
      </Group>
      <Collapse expanded={opened}>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm" verticalSpacing="sm" mt="sm">
          <TextInput label={t("Since")} type="datetime-local" value={filters.since} onChange={(e) => set({ since: e.currentTarget.value })} />
          <TextInput label={t("Until")} type="datetime-local" value={filters.until} onChange={(e) => set({ until: e.currentTarget.value })} />
          <CountrySelect label={t("Country")} value={filters.country} onChange={(country) => set({ country })} />
          <Select label={t("API")} data={APIS} value={filters.dialect} onChange={(dialect) => set({ dialect })} clearable clearButtonProps={{ "aria-label": t("Clear") }} />
          <CarrierFilter filters={filters} set={set} />
          <TextInput label={t("Reference")} value={filters.reference} maxLength={255} onChange={(e) => set({ reference: e.currentTarget.value })} />
        </SimpleGrid>
      </Collapse>
    </div>
  );
}

/** By name for whoever may see the carriers; others know them by their ids. */
function CarrierFilter({ filters, set }: Part) {
  const { t } = useTranslation();
  const names = useOffered()("listCarriers");
  const carriers = $api.useQuery("get", "/v1/carriers", { params: { query: { limit: 500 } } }, { enabled: names });
  if (!names) return <TextInput label={t("Carrier")} placeholder="car_1" value={filters.carrier} pattern="car_[0-9]+" onChange={(e) => set({ carrier: e.currentTarget.value })} />;
  const known = (carriers.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }));
  return <Select label={t("Carrier")} data={known} value={filters.carrier || null} onChange={(carrier) => set({ carrier: carrier ?? "" })} searchable clearable clearButtonProps={{ "aria-label": t("Clear") }} />;
}
