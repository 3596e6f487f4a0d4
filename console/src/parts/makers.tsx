/** Dialogs that make or change what texts and campaigns are made of: links, link lists, words, lists of senders, triggers. */
import { Accordion, Checkbox, MultiSelect, TagsInput, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { done, Form } from "./bits";
import { useEvery } from "./every";

/** `edited` null: closed; without id: a new one. */
export interface Made<T> {
  edited: Partial<T> | null;
  close: () => void;
  made?: (thing: T) => void;
}


/** The fields of what is edited, anew whenever a dialog opens. */
function useFields<T extends object>(edited: Partial<T> | null, empty: T): [T, (change: Partial<T>) => void] {
  const [fields, setFields] = useState<T>(empty);
  useEffect(() => {
    if (edited) setFields({ ...empty, ...edited });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `empty` is made anew each time
  }, [edited]);
  return [fields, (change) => setFields((before) => ({ ...before, ...change }))];
}

type LinkView = Schemas["LinkView"];
const TARGETS = ["ios_url", "android_url", "desktop_url", "preview_url", "bot_redirect"] as const;

export function LinkForm({ edited, close, made }: Made<LinkView>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [body, set] = useFields<Schemas["LinkBody"]>(edited, { name: "", url: "", enabled: true });
  const save = async () => {
    const { name, url, enabled } = body;
    const others = Object.fromEntries([...TARGETS, "code_parameter" as const].map((each) => [each, body[each] || null]));
    const whole = { name, url, enabled, ...others };
    const call = edited?.id ? api.PUT("/v1/links/{id}", { params: { path: { id: edited.id } }, body: whole }) : api.POST("/v1/links", { body: whole });
    const kept = await done<LinkView>(call);
    await queries.invalidateQueries({ queryKey: ["get", "/v1/links"] });
    made?.(kept);
  };
  const labels = { ios_url: t("On an iPhone"), android_url: t("On Android"), desktop_url: t("On a computer"), preview_url: t("For previews in messengers"), bot_redirect: t("For crawlers and scanners") };
  return (
    <Form title={edited?.id ? t("Change the link") : t("New link")} opened={edited !== null} close={close} save={save} size="lg">
      <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <TextInput label={t("Leads to")} type="url" placeholder="https://shop.example/offer" value={body.url} onChange={(e) => set({ url: e.currentTarget.value })} required />
      <Accordion variant="separated" order={3}>
        <Accordion.Item value="targets">
          <Accordion.Control>{t("Elsewhere for some visitors")}</Accordion.Control>
          <Accordion.Panel>
            {TARGETS.map((each) => (
              <TextInput key={each} mb="xs" type="url" label={labels[each]} placeholder={t("the same")} value={body[each] ?? ""} onChange={(e) => set({ [each]: e.currentTarget.value })} />
            ))}
            <TextInput label={t("Tell the page the visitor's code, in the parameter")} description={t("With it the page can report a conversion.")} placeholder="hg" value={body.code_parameter ?? ""} onChange={(e) => set({ code_parameter: e.currentTarget.value })} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
      <Checkbox label={t("Switched on")} checked={body.enabled ?? true} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
    </Form>
  );
}

export function LinkListForm({ edited, close, made }: Made<Schemas["LinkListView"]>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [body, set] = useFields<Required<Schemas["LinkListBody"]>>(edited, { name: "", links: [], enabled: true });
  const links = useEvery("/v1/links", edited !== null);
  const save = async () => {
    const whole = { name: body.name, links: body.links, enabled: body.enabled };
    const call = edited?.id ? api.PUT("/v1/link-lists/{id}", { params: { path: { id: edited.id } }, body: whole }) : api.POST("/v1/link-lists", { body: whole });
    const kept = await done<Schemas["LinkListView"]>(call);
    await queries.invalidateQueries({ queryKey: ["get", "/v1/link-lists"] });
    made?.(kept);
  };
  return (
    <Form title={edited?.id ? t("Change the link list") : t("New link list")} opened={edited !== null} close={close} save={save}>
      <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <MultiSelect label={t("Links")} description={t("Each recipient gets one of them; they are spread evenly.")} searchable required data={(links.data?.items ?? []).map((each) => ({ value: each.id, label: each.name }))} value={body.links} onChange={(chosen) => set({ links: chosen })} nothingFoundMessage={t("No link yet")} />
      <Checkbox label={t("Switched on")} checked={body.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
    </Form>
  );
}

export function SpinnerForm({ edited, close, made }: Made<Schemas["SpinnerView"]>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [body, set] = useFields<Required<Schemas["SpinnerBody"]>>(edited, { name: "", words: [], enabled: true });
  const save = async () => {
    const whole = { name: body.name, words: body.words, enabled: body.enabled };
    const call = edited?.id ? api.PUT("/v1/spinners/{id}", { params: { path: { id: edited.id } }, body: whole }) : api.POST("/v1/spinners", { body: whole });
    const kept = await done<Schemas["SpinnerView"]>(call);
    await queries.invalidateQueries({ queryKey: ["get", "/v1/spinners"] });
    made?.(kept);
  };
  return (
    <Form title={edited?.id ? t("Change the words") : t("New words")} opened={edited !== null} close={close} save={save}>
      <TextInput label={t("Name")} placeholder={t("Greeting")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <TagsInput label={t("Words")} description={t("Each recipient gets one of them by lot. Enter or a comma ends a word.")} value={body.words} onChange={(words) => set({ words })} required={body.words.length === 0} acceptValueOnBlur />
      <Checkbox label={t("Switched on")} checked={body.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
    </Form>
  );
}

export function SenderListForm({ edited, close, made }: Made<Schemas["SenderListView"]>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [body, set] = useFields<Required<Schemas["SenderListBody"]>>(edited, { name: "", senders: [], enabled: true });
  const senders = useApproved(edited !== null);
  const save = async () => {
    const whole = { name: body.name, senders: body.senders, enabled: body.enabled };
    const call = edited?.id ? api.PUT("/v1/sender-lists/{id}", { params: { path: { id: edited.id } }, body: whole }) : api.POST("/v1/sender-lists", { body: whole });
    const kept = await done<Schemas["SenderListView"]>(call);
    await queries.invalidateQueries({ queryKey: ["get", "/v1/sender-lists"] });
    made?.(kept);
  };
  return (
    <Form title={edited?.id ? t("Change the sender list") : t("New sender list")} opened={edited !== null} close={close} save={save}>
      <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <MultiSelect label={t("Senders")} description={t("Each recipient gets it from one of them by lot.")} searchable required data={senders.map((each) => ({ value: each.id, label: each.country ? `${each.name} (${each.country})` : each.name }))} value={body.senders} onChange={(chosen) => set({ senders: chosen })} nothingFoundMessage={t("No approved sender")} />
      <Checkbox label={t("Switched on")} checked={body.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
    </Form>
  );
}

export function TriggerForm({ edited, close, made }: Made<Schemas["TriggerView"]>) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [body, set] = useFields<Required<Schemas["TriggerBody"]>>(edited, { name: "", enabled: true });
  const save = async () => {
    const whole = { name: body.name, enabled: body.enabled };
    const call = edited?.id ? api.PUT("/v1/triggers/{id}", { params: { path: { id: edited.id } }, body: whole }) : api.POST("/v1/triggers", { body: whole });
    const kept = await done<Schemas["TriggerView"]>(call);
    await queries.invalidateQueries({ queryKey: ["get", "/v1/triggers"] });
    made?.(kept);
  };
  return (
    <Form title={edited?.id ? t("Change the trigger") : t("New trigger")} opened={edited !== null} close={close} save={save}>
      <TextInput label={t("Name")} value={body.name} onChange={(e) => set({ name: e.currentTarget.value })} required data-autofocus />
      <Text size="sm" c="dimmed">{t("It gets an address. Whoever calls it releases the campaigns that wait for it.")}</Text>
      <Checkbox label={t("Switched on")} checked={body.enabled} onChange={(e) => set({ enabled: e.currentTarget.checked })} />
    </Form>
  );
}

/** Senders that messages may use now. */
export function useApproved(enabled = true): Schemas["SenderView"][] {
  const found = useEvery("/v1/senders", enabled);
  return (found.data?.items ?? []).filter((each) => each.state === "approved" && each.enabled !== false);
}
