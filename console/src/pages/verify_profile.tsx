/** Profiles of one-time passwords: how codes look and live, their texts by language, limits, and the guard. */
import { ActionIcon, Accordion, Alert, Button, Code, Group, NumberInput, Select, Stack, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import { Pencil1Icon, PlusIcon, TrashIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, type Schemas } from "../api/client";
import { done, Form, Remove, Rows, StateBadge } from "../parts/bits";
import { useCountries } from "../parts/countries";
import { useApproved } from "../parts/makers";
import { Allowed } from "../parts/may";
import { Answer, Empty, Panel } from "../parts/page";
import { emptyProfile, profileBody, profileLack, type ProfileDraft } from "./verify_draft";

const MODES = ["off", "monitor", "filter", "block"] as const;

export function Profiles() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [draft, setDraft] = useState<ProfileDraft | null>(null);
  const list = $api.useQuery("get", "/v1/verify/profiles", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/verify/profiles"] });
  const save = async () => {
    const body = profileBody(draft!) as Schemas["ProfileBody"];
    if (draft!.id) await done(api.PUT("/v1/verify/profiles/{id}", { params: { path: { id: draft!.id } }, body }));
    else await done(api.POST("/v1/verify/profiles", { body }));
    await again();
  };
  const first = (list.data?.items.length ?? 0) === 0;
  const make = <Allowed to="createVerifyProfile"><Button size="xs" leftSection={<PlusIcon />} onClick={() => setDraft(emptyProfile(first ? "default" : ""))}>{t("New profile")}</Button></Allowed>;
  return (
    <Panel title={t("Profiles")} actions={make}>
      <Answer of={list}>
        {(data) => (
          <Rows label={t("Profiles")} rows={data.items} keyOf={(row) => row.id} empty={<Empty title={t("No profile yet")}>{t("Codes look as the house makes them: six digits, good for ten minutes.")}</Empty>}
            columns={[
              { head: t("Name"), cell: (row) => <Text size="sm" fw={600}>{row.name}</Text> },
              { head: t("Text"), cell: (row) => <Code>{row.texts[""] ?? Object.values(row.texts)[0] ?? "–"}</Code>, wide: true },
              { head: t("Languages"), cell: (row) => Object.keys(row.texts).filter(Boolean).join(", ") || "–", wide: true },
              { head: t("Length"), cell: (row) => row.length, end: true },
              { head: t("Good for"), cell: (row) => t("{{count}} s", { count: row.ttl_seconds }), end: true, wide: true },
              { head: t("Guard"), cell: (row) => <StateBadge state={row.guard.mode ?? "monitor"} /> },
              {
                head: t("Actions"), end: true,
                cell: (row) => (
                  <Group gap={4} justify="flex-end" wrap="nowrap">
                    <Allowed to="changeVerifyProfile"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={() => setDraft(emptyProfile("", row))}>{t("Change")}</Button></Allowed>
                    <Remove needs="removeVerifyProfile" what={row.name} consequence={t("Codes that were sent stay as they are.")} act={async () => { await done(api.DELETE("/v1/verify/profiles/{id}", { params: { path: { id: row.id } } })); await again(); }} />
                  </Group>
                ),
              },
            ]} />
        )}
      </Answer>
      <Form title={draft?.id ? t("Change the profile") : t("New profile")} opened={draft !== null} close={() => setDraft(null)} save={save} size="xl">
        {draft && <Fields draft={draft} set={(change) => setDraft({ ...draft, ...change })} />}
      </Form>
    </Panel>
  );
}

interface Part {
  draft: ProfileDraft;
  set: (change: Partial<ProfileDraft>) => void;
}

function Fields({ draft, set }: Part) {
  const { t } = useTranslation();
  const senders = useApproved();
  const whole = (name: keyof ProfileDraft) => (value: number | string) => set({ [name]: Number(value) || 0 });
  const lack = profileLack(draft);
  return (
    <Stack>
      <Group grow align="flex-start">
        <TextInput label={t("Name")} description={t("“default” serves whoever names none.")} value={draft.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
        <Select label={t("Sender")} description={t("Where none is named.")} data={[...new Set(senders.map((each) => each.name))]} value={draft.from} onChange={(from) => set({ from })} clearable clearButtonProps={{ "aria-label": t("Clear") }} searchable />
      </Group>
      <Texts draft={draft} set={set} />
      {lack && <Alert color="yellow" variant="light" role="status">{t("Every text needs {{code}} in it.", { code: "{{code}}" })}</Alert>}
      <Accordion multiple variant="separated" order={3}>
        <Accordion.Item value="code">
          <Accordion.Control>{t("The code")}</Accordion.Control>
          <Accordion.Panel>
            <Group grow mb="xs" align="flex-end">
              <NumberInput label={t("Length")} min={4} max={12} value={draft.length} onChange={whole("length")} />
              <NumberInput label={t("Good for, seconds")} min={30} max={86400} value={draft.ttl_seconds} onChange={whole("ttl_seconds")} />
              <NumberInput label={t("Tries")} min={1} max={20} value={draft.max_attempts} onChange={whole("max_attempts")} />
            </Group>
            <Group grow align="flex-end">
              <TextInput label={t("Of these characters")} value={draft.alphabet} onChange={(e) => set({ alphabet: e.currentTarget.value })} />
              <NumberInput label={t("Sent again after seconds")} min={0} max={86400} value={draft.resend_seconds} onChange={whole("resend_seconds")} />
              <NumberInput label={t("Sent again at most")} min={0} max={20} value={draft.resend_limit} onChange={whole("resend_limit")} />
            </Group>
          </Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="limits">
          <Accordion.Control>{t("Limits and countries")}</Accordion.Control>
          <Accordion.Panel><Limits draft={draft} set={set} /></Accordion.Panel>
        </Accordion.Item>
        <Accordion.Item value="guard">
          <Accordion.Control>{t("Guard against pumping")}</Accordion.Control>
          <Accordion.Panel><GuardFields draft={draft} set={set} /></Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

function Texts({ draft, set }: Part) {
  const { t } = useTranslation();
  const change = (place: number, part: Partial<ProfileDraft["texts"][number]>) => set({ texts: draft.texts.map((each, i) => (i === place ? { ...each, ...part } : each)) });
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>{t("Texts by language")}</Text>
      <Text size="xs" c="dimmed">{t("{{code}} is the code, {{minutes}} how long it is good. Without a text the house's own is sent.", { code: "{{code}}", minutes: "{{minutes}}" })}</Text>
      {draft.texts.map((each, i) => (
        <Group key={i} align="flex-start" wrap="nowrap">
          <TextInput w={110} aria-label={t("Language of text {{count}}", { count: i + 1 })} placeholder={t("all others")} value={each.locale} onChange={(e) => change(i, { locale: e.currentTarget.value })} />
          <Textarea flex={1} autosize minRows={1} aria-label={t("Text {{count}}", { count: i + 1 })} placeholder="Shop: {{code}}" value={each.text} onChange={(e) => change(i, { text: e.currentTarget.value })} error={each.text !== "" && !each.text.includes("{{code}}")} />
          <ActionIcon variant="subtle" color="red" mt={4} aria-label={t("Remove text {{count}}", { count: i + 1 })} onClick={() => set({ texts: draft.texts.filter((_, k) => k !== i) })}><TrashIcon /></ActionIcon>
        </Group>
      ))}
      <Button w="fit-content" size="compact-sm" variant="default" leftSection={<PlusIcon />} onClick={() => set({ texts: [...draft.texts, { locale: draft.texts.length ? "bn" : "", text: "" }] })}>{t("Another language")}</Button>
    </Stack>
  );
}

function Limits({ draft, set }: Part) {
  const { t } = useTranslation();
  const countries = useCountries();
  const limits: [keyof ProfileDraft["limits"], string][] = [
    ["number_per_hour", t("Per number and hour")], ["key_per_hour", t("Per caller's key and hour")],
    ["prefix_per_minute", t("Per prefix and minute")], ["account_per_minute", t("Of the account per minute")],
  ];
  return (
    <Stack gap="xs">
      <Group grow preventGrowOverflow={false}>
        {limits.map(([name, label]) => <NumberInput key={name} miw={150} label={label} description={t("0: none")} min={0} value={draft.limits[name]} onChange={(value) => set({ limits: { ...draft.limits, [name]: Number(value) || 0 } })} />)}
      </Group>
      <TagsInput label={t("Only to these countries")} description={t("Two letters each; empty: to all.")} data={countries.map((each) => each.value)} value={draft.allowed_countries} onChange={(chosen) => set({ allowed_countries: chosen.map((each) => each.toUpperCase()) })} renderOption={({ option }) => `${option.value} · ${countries.find((each) => each.value === option.value)?.label ?? ""}`} />
    </Stack>
  );
}

function GuardFields({ draft, set }: Part) {
  const { t } = useTranslation();
  const guard = draft.guard;
  const change = (part: Partial<ProfileDraft["guard"]>) => set({ guard: { ...guard, ...part } });
  const meaning: Record<string, string> = {
    off: t("Nothing is looked at."), monitor: t("What looks pumped is shown; nobody is refused."),
    filter: t("A prefix or country that looks pumped is refused for a while."), block: t("It is refused, with its country, until you release it."),
  };
  const numbers: [Exclude<keyof ProfileDraft["guard"], "mode">, string, number, number][] = [
    ["prefix_digits", t("Digits of a prefix"), 1, 15], ["share_percent", t("Typed back at least, percent"), 0, 100],
    ["last", t("Of the last codes"), 1, 1000], ["minimum", t("Not before so many"), 1, 1000],
    ["grace_seconds", t("Seconds to type it"), 0, 86400], ["cooldown_seconds", t("Refused for seconds"), 1, 86400],
    ["prefix_per_hour", t("Per prefix and hour (0: learnt)"), 0, 1e9], ["country_per_hour", t("Per country and hour (0: learnt)"), 0, 1e9],
    ["floor_per_hour", t("Never too many per hour"), 1, 1e9],
  ];
  return (
    <Stack gap="xs">
      <Select label={t("What is done")} description={meaning[guard.mode]} data={MODES.map((each) => ({ value: each, label: t(each) }))} value={guard.mode} onChange={(mode) => mode && change({ mode: mode as "off" })} allowDeselect={false} />
      <Group grow preventGrowOverflow={false} align="flex-end">
        {numbers.map(([name, label, least, most]) => <NumberInput key={name} miw={170} label={label} min={least} max={most} value={guard[name]} disabled={guard.mode === "off"} onChange={(value) => change({ [name]: Number(value) || 0 })} />)}
      </Group>
    </Stack>
  );
}
