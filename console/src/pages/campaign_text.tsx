/** The wizard's second and third step: what it says, as the handset shows it, and where its links lead. */
import { ActionIcon, Alert, Badge, Button, Checkbox, Grid, Group, MultiSelect, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { ChevronLeftIcon, ChevronRightIcon, Pencil1Icon, PlusIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, type Schemas } from "../api/client";
import { Handset } from "../parts/handset";
import { LinkForm, LinkListForm, SenderListForm, useApproved } from "../parts/makers";
import { Failure } from "../parts/page";
import { likely, TokenEditor, useThings } from "../parts/token_editor";
import { fieldsOf, putToken, thingToken, tokensIn, type Field } from "../parts/tokens";
import { useWords } from "../parts/words";
import { Rows } from "../parts/bits";
import { useEvery } from "../parts/every";
import { Allowed } from "../parts/may";
import { useChosen } from "./campaign_audience";
import { bodyOf, lacks, type Draft } from "./campaign_draft";
import type { Part } from "./campaign_wizard";

const PERSON = { first_name: "Ada", last_name: "Lovelace", email: "ada@shop.example" };

export function What({ draft, set }: Part) {
  const { t } = useTranslation();
  const templates = useEvery("/v1/templates");
  const usable = (templates.data?.items ?? []).filter((each) => each.enabled);
  const fields = useFields(draft);
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 7 }}>
        <Stack>
          <From draft={draft} set={set} />
          <Group grow align="flex-start">
            <Select label={t("Kind")} data={["promotional", "transactional"].map((each) => ({ value: each, label: t(each) }))} value={draft.kind} onChange={(kind) => kind && set({ kind: kind as "promotional" })} allowDeselect={false} />
            {usable.length > 0 && <Select label={t("Begin with a template")} placeholder={t("None")} value={null} data={usable.map((each) => ({ value: each.id, label: each.name }))} onChange={(id) => { const found = usable.find((each) => each.id === id); if (found) set({ text: found.text }); }} />}
          </Group>
          <TokenEditor label={t("Text")} value={draft.text} change={(text) => set({ text })} fields={fields} rows={5} />
          <Checkbox label={t("Replace unusual characters that make it dearer")} checked={draft.smartEncoding} onChange={(e) => set({ smartEncoding: e.currentTarget.checked })} />
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 5 }}><Preview draft={draft} /></Grid.Col>
    </Grid>
  );
}

/** Fields that the recipients have; undefined while that is not known. */
function useFields(draft: Draft): Field[] | undefined {
  const { lists, loaded } = useChosen(draft.lists);
  if (draft.audience === "typed") return ["first_name", "last_name"];
  return loaded ? fieldsOf(lists) : undefined;
}

function From({ draft, set }: Part) {
  const { t } = useTranslation();
  const [making, setMaking] = useState<object | null>(null);
  const approved = useApproved();
  const numbers = useEvery("/v1/numbers");
  const lists = useEvery("/v1/sender-lists");
  const names = [...new Set([...approved.map((each) => each.name), ...(numbers.data?.items.map((each) => each.msisdn) ?? [])])];
  return (
    <Stack gap="xs">
      <SegmentedControl aria-label={t("Senders")} w="fit-content" size="xs" value={draft.sending} onChange={(value) => set({ sending: value as "one" })} data={[{ value: "one", label: t("One sender") }, { value: "several", label: t("Some, by lot") }, { value: "list", label: t("A list, by lot") }]} />
      {draft.sending === "one" && <Select label={t("Sender")} data={names} value={draft.from} onChange={(from) => set({ from })} required searchable nothingFoundMessage={t("No approved sender")} />}
      {draft.sending === "several" && <MultiSelect label={t("Sender")} data={approved.map((each) => ({ value: each.id, label: each.country ? `${each.name} (${each.country})` : each.name }))} value={draft.senders} onChange={(senders) => set({ senders })} required searchable nothingFoundMessage={t("No approved sender")} />}
      {draft.sending === "list" && (
        <Group align="flex-end" wrap="nowrap">
          <Select label={t("Sender list")} flex={1} data={(lists.data?.items ?? []).filter((each) => each.enabled).map((each) => ({ value: each.id, label: `${each.name} (${each.senders.length})` }))} value={draft.senderList} onChange={(senderList) => set({ senderList })} required searchable />
          <Allowed to="createSenderList"><Button variant="default" leftSection={<PlusIcon />} onClick={() => setMaking({})}>{t("New")}</Button></Allowed>
        </Group>
      )}
      <SenderListForm edited={making} close={() => setMaking(null)} made={(thing) => set({ senderList: thing.id })} />
    </Stack>
  );
}

/** One recipient after the other, as the server would write to him; until it can say so, somebody made up. */
function Preview({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const words = useWords();
  const things = useThings();
  const [place, setPlace] = useState(0);
  const [asked] = useDebouncedValue(draft, 500);
  const whole = lacks(asked, 0) === null && lacks(asked, 1) === null && tokensIn(asked.text).every((each) => each.known);
  const body = { ...bodyOf(asked), send_at: undefined, trigger: undefined, kind: asked.audience === "typed" ? ("single" as const) : ("base" as const), first_segment_size: undefined, ctr_threshold: undefined, ctr_wait_minutes: undefined };
  const estimate = $api.useQuery("post", "/v1/broadcasts/estimate", { body: body as Schemas["BroadcastBody"] }, { enabled: whole, staleTime: 30_000, retry: false, placeholderData: (before) => before });
  const seen = whole && asked.text === draft.text && !estimate.error ? (estimate.data?.sample.filter((each) => !each.skipped) ?? []) : [];
  const one = seen[Math.min(place, seen.length - 1)];
  const text = one ? one.text : likely(draft.text, things, PERSON);
  return (
    <Stack gap="xs">
      <Handset from={one?.from ?? draft.from ?? ""} text={text} />
      {one && (
        <Group justify="center" gap="xs" aria-live="polite">
          <ActionIcon variant="default" aria-label={t("The recipient before")} disabled={place <= 0} onClick={() => setPlace(Math.min(place, seen.length - 1) - 1)}><ChevronLeftIcon /></ActionIcon>
          <Text size="sm">+{one.to}</Text>
          <ActionIcon variant="default" aria-label={t("The next recipient")} disabled={place >= seen.length - 1} onClick={() => setPlace(place + 1)}><ChevronRightIcon /></ActionIcon>
        </Group>
      )}
      {one ? (
        <Group justify="center" gap={6}>
          <Badge variant="default" tt="none">{one.encoding?.toUpperCase()}</Badge>
          <Badge variant="default" tt="none">{t("{{count}} part(s)", { count: one.parts })}</Badge>
          <Badge variant="default" tt="none">{words.money(one.price, estimate.data?.currency)}</Badge>
        </Group>
      ) : (
        draft.text && <Text size="xs" c="dimmed" ta="center">{t("Somebody made up, until recipients and sender are chosen.")}</Text>
      )}
      {whole && estimate.error ? <Failure error={estimate.error} /> : null}
    </Stack>
  );
}

/** Every link in the text, where it leads, and what may be put in yet. */
export function Links({ draft, set }: Part) {
  const { t } = useTranslation();
  const things = useThings();
  const [link, setLink] = useState<Partial<Schemas["LinkView"]> | null>(null);
  const [list, setList] = useState<Partial<Schemas["LinkListView"]> | null>(null);
  const used = tokensIn(draft.text).filter((each) => each.id?.startsWith("lnk_") || each.id?.startsWith("lkl_") || ["shorten_url", "unsubscription_link"].includes(each.name));
  const add = (token: string) => set({ text: putToken(draft.text, draft.text.length, draft.text.length, draft.text && !/\s$/.test(draft.text) ? ` ${token}` : token).text });
  const nameOf = (id: string) => things.links.find((each) => each.id === id)?.name ?? id;
  const rows = used.map((each, i) => {
    const one = things.links.find((thing) => thing.id === each.id);
    const many = things.linkLists.find((thing) => thing.id === each.id);
    const leads = one?.url ?? (many ? many.links.map(nameOf).join(", ") : each.name === "unsubscription_link" ? t("a page to opt out by a click") : each.name === "shorten_url" ? t("the recipient's own URL") : t("it is gone"));
    return { key: String(i), token: each.token, name: one?.name ?? many?.name ?? "–", leads, change: one ? () => setLink(one) : many ? () => setList(many) : undefined };
  });
  const optOut = used.some((each) => each.name === "unsubscription_link");
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={620}>{t("Each recipient gets a short link of his own, so that you see who came. You may change where it leads even after it was sent.")}</Text>
      <Rows label={t("Links in the text")} rows={rows} keyOf={(row) => row.key} empty={<Alert variant="light" maw={620}>{t("There is no link in the text. That is fine; clicks are not counted then.")}</Alert>}
        columns={[
          { head: t("Link"), cell: (row) => <Text size="sm" fw={600}>{row.name}</Text> },
          { head: t("Leads to"), cell: (row) => <Text size="sm" style={{ overflowWrap: "anywhere" }}>{row.leads}</Text> },
          { head: t("Token"), cell: (row) => <Text size="sm" ff="monospace">{row.token}</Text>, wide: true },
          { head: t("Actions"), end: true, cell: (row) => row.change ? <Allowed to="changeLink"><Button size="compact-xs" variant="default" leftSection={<Pencil1Icon />} onClick={row.change}>{t("Change")}</Button></Allowed> : null },
        ]} />
      <Group gap="xs">
        <Allowed to="createLink"><Button size="xs" variant="default" leftSection={<PlusIcon />} onClick={() => setLink({})}>{t("New link at the end")}</Button></Allowed>
        <Allowed to="createLinkList"><Button size="xs" variant="default" leftSection={<PlusIcon />} onClick={() => setList({})}>{t("New link list at the end")}</Button></Allowed>
        {!optOut && <Button size="xs" variant="default" leftSection={<PlusIcon />} onClick={() => add("{{unsubscription_link}}")}>{t("Link to opt out at the end")}</Button>}
      </Group>
      {draft.kind === "promotional" && !optOut && <Alert color="yellow" variant="light" maw={620}>{t("Promotions should say how to end them: put in the link to opt out, or that STOP is understood.")}</Alert>}
      <Text size="sm" c="dimmed">{t("The text as it stands:")}</Text>
      <div style={{ display: "flex", flexDirection: "column", maxWidth: 420 }}><div className="bubble bubble-in">{likely(draft.text, things, PERSON)}</div></div>
      <LinkForm edited={link} close={() => setLink(null)} made={(thing) => { if (!link?.id) add(thingToken("link", thing.id)); }} />
      <LinkListForm edited={list} close={() => setList(null)} made={(thing) => { if (!list?.id) add(thingToken("link_list", thing.id)); }} />
    </Stack>
  );
}
