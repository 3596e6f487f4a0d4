/** The wizard's fourth step: now, at a time by the clocks of a place, or when somebody calls; and when not. */
import { Button, Checkbox, Code, Group, NumberInput, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { PlusIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, type Schemas } from "../api/client";
import { Copy } from "../parts/bits";
import { Allowed } from "../parts/may";
import { TriggerForm } from "../parts/makers";
import { momentIn, useWords, ZONES } from "../parts/words";
import type { Part } from "./campaign_wizard";

function isPast(moment: string): boolean {
  return Date.parse(moment) < Date.now();
}

export function Time({ draft, set }: Part) {
  const { t } = useTranslation();
  const words = useWords();
  const moment = draft.when === "at" && draft.local ? momentIn(draft.zone, draft.local) : null;
  const past = moment !== null && isPast(moment);
  return (
    <Stack maw={620}>
      <Radio.Group label={t("When it goes out")} value={draft.when} onChange={(value) => set({ when: value as "now" })}>
        <Stack gap="xs" mt="xs">
          <Radio value="now" label={t("Now")} />
          <Radio value="at" label={t("At a time")} />
          <Radio value="trigger" label={t("When a trigger is released")} />
        </Stack>
      </Radio.Group>
      {draft.when === "at" && (
        <>
          <Group grow align="flex-start">
            <TextInput type="datetime-local" label={t("By the clocks of the zone")} value={draft.local} onChange={(e) => set({ local: e.currentTarget.value })} required />
            <Select label={t("Time zone")} data={ZONES} value={draft.zone} onChange={(zone) => zone && set({ zone })} searchable allowDeselect={false} />
          </Group>
          {moment && <Text size="sm" c={past ? "red" : "dimmed"} role="status">{past ? t("That is past: it goes out at once.") : t("For you that is {{when}}.", { when: words.when(moment) })}</Text>}
        </>
      )}
      {draft.when === "trigger" && <Released draft={draft} set={set} />}
      <NumberInput label={draft.when === "trigger" ? t("Minutes between the trigger and the first message") : t("Delay in minutes")} w={300} maw="100%" min={0} max={527040} allowDecimal={false} value={draft.delayMinutes} onChange={(value) => set({ delayMinutes: Number(value) || 0 })} />
      <Checkbox label={t("Quiet hours, by the recipients' clocks")} checked={draft.quiet} onChange={(e) => set({ quiet: e.currentTarget.checked })} />
      {draft.quiet && (
        <>
          <Group grow maw={420}>
            <TextInput type="time" label={t("From")} value={draft.quietFrom} onChange={(e) => set({ quietFrom: e.currentTarget.value })} required />
            <TextInput type="time" label={t("Until")} value={draft.quietTo} onChange={(e) => set({ quietTo: e.currentTarget.value })} required />
          </Group>
          <Text size="sm" c="dimmed">{t("Messages are put off until the end, by the zone that each number is from; none is dropped.")}</Text>
        </>
      )}
      <NumberInput label={t("Give up after hours")} description={t("0: as the account has it.")} w={300} maw="100%" min={0} max={168} allowDecimal={false} value={draft.validityHours} onChange={(value) => set({ validityHours: Number(value) || 0 })} />
    </Stack>
  );
}

function Released({ draft, set }: Part) {
  const { t } = useTranslation();
  const [making, setMaking] = useState<object | null>(null);
  const triggers = $api.useQuery("get", "/v1/triggers", { params: { query: { limit: 100 } } });
  const chosen = triggers.data?.items.find((each) => each.id === draft.trigger);
  return (
    <Stack gap="xs">
      <Group align="flex-end" wrap="nowrap">
        <Select label={t("Trigger")} flex={1} searchable data={(triggers.data?.items ?? []).filter((each) => each.enabled).map((each) => ({ value: each.id, label: each.name }))} value={draft.trigger} onChange={(trigger) => set({ trigger })} required />
        <Allowed to="createTrigger"><Button variant="default" leftSection={<PlusIcon />} onClick={() => setMaking({})}>{t("New")}</Button></Allowed>
      </Group>
      {chosen && <Address of={chosen} />}
      <TriggerForm edited={making} close={() => setMaking(null)} made={(thing) => set({ trigger: thing.id })} />
    </Stack>
  );
}

/** The address that releases what waits, ready to be copied. */
export function Address({ of }: { of: Schemas["TriggerView"] }) {
  const { t } = useTranslation();
  if (!of.url) return <Text size="sm" c="dimmed">{t("The operator has not said what public addresses begin with; release it here or by the API.")}</Text>;
  return (
    <div>
      <Text size="sm" c="dimmed">{t("Whoever calls this address releases it:")}</Text>
      <Group gap={4} wrap="nowrap"><Code style={{ overflowWrap: "anywhere" }}>{of.url}</Code><Copy value={of.url} label={t("Copy the address")} /></Group>
    </div>
  );
}
