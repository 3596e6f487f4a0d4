/** The wizard's first step: to whom, all at once or in segments, and who is left out. */
import { Alert, Button, Checkbox, Group, MultiSelect, NumberInput, Select, SegmentedControl, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useEvery } from "../parts/every";
import { Link } from "wouter";
import { $api, type Schemas } from "../api/client";
import { typedRecipients } from "../parts/mapping";
import { useWords } from "../parts/words";
import type { Part } from "./campaign_wizard";

const SHOWN = { params: { query: { limit: 100 } } } as const;

/** Lists that are chosen, and how many numbers stand on them together. */
export function useChosen(ids: readonly string[]): { lists: Schemas["ListView"][]; count: number; loaded: boolean } {
  const found = $api.useQuery("get", "/v1/lists", SHOWN);
  const lists = (found.data?.items ?? []).filter((each) => ids.includes(each.id));
  return { lists, count: lists.reduce((sum, each) => sum + each.count, 0), loaded: found.data !== undefined };
}

export function Whom({ draft, set }: Part) {
  const { t } = useTranslation();
  const words = useWords();
  const left = $api.useQuery("get", "/v1/suppressions", SHOWN);
  const campaigns = useEvery("/v1/campaigns");
  const typed = draft.audience === "typed" ? typedRecipients(draft.typed).length : 0;
  return (
    <Stack maw={620}>
      <Group grow align="flex-start">
        <TextInput label={t("Name")} value={draft.name} onChange={(e) => set({ name: e.currentTarget.value })} required maxLength={200} />
        {(campaigns.data?.items.length ?? 0) > 1 && (
          <Select label={t("Gathered under")} clearable placeholder={campaigns.data?.items.find((each) => each.is_default)?.name} data={campaigns.data?.items.filter((each) => each.enabled).map((each) => ({ value: each.id, label: each.name })) ?? []} value={draft.campaign} onChange={(campaign) => set({ campaign })} clearButtonProps={{ "aria-label": t("Clear") }} />
        )}
      </Group>
      <SegmentedControl aria-label={t("Recipients")} w="fit-content" value={draft.audience} onChange={(value) => set({ audience: value as "lists" })} data={[{ value: "lists", label: t("From lists") }, { value: "typed", label: t("Typed here") }]} />
      {draft.audience === "lists" ? <FromLists draft={draft} set={set} /> : (
        <div>
          <Textarea label={t("Recipients")} description={t("A number on each line; behind a comma the first name, and the last name.")} placeholder={"+8801712345678, Ada, Lovelace\n+8801812345678"} autosize minRows={5} maxRows={14} value={draft.typed} onChange={(e) => set({ typed: e.currentTarget.value })} required />
          <Text size="xs" c="dimmed" mt={4} role="status">{t("{{count}} different numbers", { count: typed })}</Text>
        </div>
      )}
      <MultiSelect label={t("Leave out who is on")} placeholder={left.data?.items.length === 0 ? t("No list yet") : undefined} searchable disabled={left.data?.items.length === 0} data={(left.data?.items ?? []).filter((each) => each.enabled).map((each) => ({ value: each.id, label: `${each.name} (${words.number(each.count)})` }))} value={draft.suppressions} onChange={(chosen) => set({ suppressions: chosen })} />
      <Text size="sm" c="dimmed">{t("Whoever opted out is left out in any case, and nobody gets it twice.")}</Text>
    </Stack>
  );
}

function FromLists({ draft, set }: Part) {
  const { t } = useTranslation();
  const words = useWords();
  const found = $api.useQuery("get", "/v1/lists", SHOWN);
  const { count } = useChosen(draft.lists);
  const named = (each: Schemas["ListView"]) => ({ value: each.id, label: `${each.name} (${words.number(each.count)})` });
  return (
    <>
      <MultiSelect label={t("Lists of recipients")} data={found.data?.items.filter((each) => each.enabled).map(named) ?? []} value={draft.lists} onChange={(chosen) => set({ lists: chosen })} required searchable />
      {found.data?.items.length === 0 && <Alert variant="light">{t("There is no list yet.")} <Button component={Link} href="/lists" size="compact-sm" variant="default" ml="xs">{t("Import one")}</Button></Alert>}
      <Checkbox label={t("In segments: some first, the others once it has gone well")} checked={draft.smart} onChange={(e) => set({ smart: e.currentTarget.checked })} />
      {draft.smart && (
        <Stack pl="xl" gap="sm">
          <Group align="flex-end">
            <NumberInput label={t("In the first segment")} w={180} min={1} max={count || undefined} thousandSeparator allowDecimal={false} value={draft.firstSize} onChange={(value) => set({ firstSize: Number(value) || 0 })} required />
            {count > 0 && <Text size="sm" c="dimmed" pb={8}>{t("of {{number}}", { number: words.number(count) })} · {words.share(Math.min(1, draft.firstSize / count))}</Text>}
          </Group>
          <Checkbox label={t("Go on by itself when enough have followed a link")} checked={draft.byItself} onChange={(e) => set({ byItself: e.currentTarget.checked })} />
          {draft.byItself && (
            <Group grow align="flex-end">
              <NumberInput label={t("At least, in percent")} min={0} max={100} suffix=" %" decimalScale={1} value={draft.threshold} onChange={(value) => set({ threshold: Number(value) || 0 })} />
              <NumberInput label={t("Within minutes")} min={1} max={527040} allowDecimal={false} value={draft.waitMinutes} onChange={(value) => set({ waitMinutes: Number(value) || 1 })} />
            </Group>
          )}
          <Text size="sm" c="dimmed">{draft.byItself ? t("Otherwise you send the next segment yourself, with another text if you like.") : t("You send each next segment yourself, with another text if you like.")}</Text>
        </Stack>
      )}
    </>
  );
}
