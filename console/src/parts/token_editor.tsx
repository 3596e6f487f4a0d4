/** A text with tokens that are put in by a click, where the cursor stands. */
import { Alert, Button, Code, Group, Menu, Stack, Text, Textarea } from "@mantine/core";
import { ChevronDownIcon, PlusIcon } from "@radix-ui/react-icons";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useEvery } from "./every";
import { type Schemas } from "../api/client";
import { useOffered } from "../api/session";
import { LinkForm, LinkListForm, SpinnerForm } from "./makers";
import { blankFields, FIELDS, putToken, sampleOf, thingToken, tokensIn, type Field, type Used } from "./tokens";


export interface Things {
  links: Schemas["LinkView"][];
  linkLists: Schemas["LinkListView"][];
  spinners: Schemas["SpinnerView"][];
  loaded: boolean;
}

/** What tokens may name. */
export function useThings(): Things {
  const offered = useOffered();
  const links = useEvery("/v1/links", offered("listLinks"));
  const linkLists = useEvery("/v1/link-lists", offered("listLinkLists"));
  const spinners = useEvery("/v1/spinners", offered("listSpinners"));
  return {
    links: links.data?.items ?? [], linkLists: linkLists.data?.items ?? [], spinners: spinners.data?.items ?? [],
    loaded: Boolean(links.data && linkLists.data && spinners.data),
  };
}

/** The name of the thing that a token names; null for tokens that name none, undefined for what is gone. */
export function thingOf(used: Used, things: Things): string | null | undefined {
  if (!used.id) return null;
  const [prefix] = used.id.split("_");
  const among = prefix === "lnk" ? things.links : prefix === "lkl" ? things.linkLists : things.spinners;
  return among.find((each) => each.id === used.id)?.name;
}

/** The text as somebody might see it who is called Ada; what only the server knows is made up. */
export function likely(text: string, things: Things, person: Partial<Record<string, string>> = {}): string {
  const short = `${window.location.host}/l/7Kq2mVx9T`;
  return sampleOf(text, (used) => {
    if (used.name in person) return person[used.name];
    if (used.name === "word_spinner") return things.spinners.find((each) => each.id === used.id)?.words[0];
    if (used.name === "unsubscription_link") return `${window.location.host}/l/u/7Kq2mVx9T`;
    if (used.id || used.name === "shorten_url") return short;
    return { random_symbol: "k", verification_code: "482913" }[used.name];
  });
}

type Making = "link" | "link_list" | "word_spinner" | null;

export function TokenEditor({ label, value, change, fields, rows = 4, variables = false }: {
  label: string;
  value: string;
  change: (text: string) => void;
  /** Those that the recipients have; undefined where nobody knows. */
  fields?: readonly Field[];
  rows?: number;
  /** Names that no campaign knows are a caller's own, and no fault. */
  variables?: boolean;
}) {
  const { t } = useTranslation();
  const offered = useOffered();
  const area = useRef<HTMLTextAreaElement>(null);
  const place = useRef<[number, number] | null>(null);
  const [making, setMaking] = useState<Making>(null);
  const things = useThings();
  const put = (token: string) => {
    const [from, to] = place.current ?? [value.length, value.length];
    const made = putToken(value, Math.min(from, value.length), Math.min(to, value.length), token);
    place.current = [made.cursor, made.cursor];
    change(made.text);
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(made.cursor, made.cursor);
    });
  };
  const remember = () => {
    if (area.current) place.current = [area.current.selectionStart, area.current.selectionEnd];
  };
  const close = () => setMaking(null);
  return (
    <Stack gap="xs">
      <Textarea ref={area} label={label} autosize minRows={rows} maxRows={14} value={value} onChange={(e) => { change(e.currentTarget.value); remember(); }} onSelect={remember} required />
      <Group gap={6} role="group" aria-label={t("Put in")}>
        <Pick name={t("Field")} items={(fields?.length ? fields : FIELDS).map((each) => ({ key: each, name: t(each), token: `{{${each}}}` }))} put={put} />
        {offered("listLinks") && <Pick name={t("Link")} items={on(things.links).map((each) => ({ key: each.id, name: each.name, hint: each.url, token: thingToken("link", each.id) }))} put={put} make={offered("createLink") ? t("New link") : undefined} onMake={() => setMaking("link")} />}
        {offered("listLinkLists") && <Pick name={t("Link list")} items={on(things.linkLists).map((each) => ({ key: each.id, name: each.name, hint: t("{{count}} links", { count: each.links.length }), token: thingToken("link_list", each.id) }))} put={put} make={offered("createLinkList") ? t("New link list") : undefined} onMake={() => setMaking("link_list")} />}
        {offered("listSpinners") && <Pick name={t("Words by lot")} items={on(things.spinners).map((each) => ({ key: each.id, name: each.name, hint: each.words.join(" · "), token: thingToken("word_spinner", each.id) }))} put={put} make={offered("createSpinner") ? t("New words") : undefined} onMake={() => setMaking("word_spinner")} />}
        <Pick name={t("More")} put={put} items={[
          { key: "out", name: t("link to opt out"), token: "{{unsubscription_link}}" },
          { key: "url", name: t("short link to the recipient's own URL"), token: "{{shorten_url}}" },
          { key: "code", name: t("a one-time password of the recipient's own"), token: "{{verification_code}}" },
          { key: "random", name: t("a random letter or digit"), token: "{{random_symbol}}" },
          { key: "guid", name: t("a number that no other message has"), token: "{{callback}}" },
        ]} />
      </Group>
      <Troubles text={value} fields={fields} things={things} variables={variables} />
      <LinkForm edited={making === "link" ? NEW : null} close={close} made={(thing) => put(thingToken("link", thing.id))} />
      <LinkListForm edited={making === "link_list" ? NEW : null} close={close} made={(thing) => put(thingToken("link_list", thing.id))} />
      <SpinnerForm edited={making === "word_spinner" ? NEW : null} close={close} made={(thing) => put(thingToken("word_spinner", thing.id))} />
    </Stack>
  );
}

const NEW = {};

function on<T extends { enabled: boolean }>(things: T[]): T[] {
  return things.filter((each) => each.enabled);
}

interface Item {
  key: string;
  name: string;
  token: string;
  hint?: string;
}

function Pick({ name, items, put, make, onMake }: { name: string; items: Item[]; put: (token: string) => void; make?: string; onMake?: () => void }) {
  return (
    <Menu position="bottom-start" shadow="md" withinPortal returnFocus={false}>
      <Menu.Target>
        <Button size="compact-sm" variant="default" rightSection={<ChevronDownIcon aria-hidden />}>{name}</Button>
      </Menu.Target>
      <Menu.Dropdown mah={320} maw={340} style={{ overflowY: "auto" }}>
        {items.map((each) => (
          <Menu.Item key={each.key} onClick={() => put(each.token)}>
            <Text size="sm">{each.name}</Text>
            {each.hint && <Text size="xs" c="dimmed" truncate>{each.hint}</Text>}
          </Menu.Item>
        ))}
        {make && items.length > 0 && <Menu.Divider />}
        {make && <Menu.Item leftSection={<PlusIcon />} onClick={onMake}>{make}</Menu.Item>}
      </Menu.Dropdown>
    </Menu>
  );
}

/** Tokens that nobody knows would be refused, fields that nobody has would be blank: told while writing. */
function Troubles({ text, fields, things, variables }: { text: string; fields: readonly Field[] | undefined; things: Things; variables: boolean }) {
  const { t } = useTranslation();
  const used = tokensIn(text);
  const unknown = used.filter((each) => (!each.known && !variables) || (things.loaded && each.id && thingOf(each, things) === undefined));
  const blank = fields ? blankFields(text, fields) : [];
  return (
    <>
      {unknown.length > 0 && (
        <Alert color="red" variant="light" role="status" title={t("There is no such token")}>
          <Group gap={6}>{unknown.map((each, i) => <Code key={i}>{each.token}</Code>)}</Group>
        </Alert>
      )}
      {blank.length > 0 && (
        <Alert color="yellow" variant="light" role="status" title={t("Nobody on the lists has this; it would be blank")}>
          <Text size="sm">{blank.map((each) => t(each)).join(", ")}</Text>
        </Alert>
      )}
    </>
  );
}
