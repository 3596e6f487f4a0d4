/** Every message of the account; one of them opens its trace. */
import { Alert, Button, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { DownloadIcon } from "@radix-ui/react-icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api, held, raw, sentence, type Schemas } from "../api/client";
import { done, Rows, StateBadge, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Pager, usePages, type Pages } from "../parts/pager";
import { Answer, Empty, Page, Panel } from "../parts/page";
import { usePrice } from "../parts/price";
import { saveFile } from "../parts/tables";
import { useWords } from "../parts/words";
import { Trace } from "./message";
import { NONE, Search, useAsked, type Filters } from "./messages_filter";

export default function Messages({ id }: { id?: string }) {
  return id ? <Trace id={id} /> : <All />;
}

type Message = Schemas["MessageView"];

function All() {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const [filters, setFilters] = useState<Filters>(NONE);
  const [settled] = useDebouncedValue(filters, 300);
  const asked = useAsked(settled);
  const pages = usePages<Message>(["messages", asked], (before) =>
    done(api.GET("/v1/messages", { params: { query: { ...asked, limit: 25, ...(before ? { before } : {}) } } })),
  );
  const price = usePrice();
  const clear = () => setFilters(NONE);
  const filtered = Object.keys(asked).length > 0;
  return (
    <Page title={t("Messages")} hint={t("Newest first. Open one to see the way it took.")} actions={<Export asked={asked} />}>
      <Panel>
        <Search filters={filters} set={(change) => setFilters({ ...filters, ...change })} clear={clear} />
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows
                label={t("Messages")}
                rows={page.items}
                keyOf={(row) => row.id}
                onRow={(row) => go(`/messages/${row.id}`)}
                empty={<Nothing filtered={filtered} stopped={Boolean(page.searched_to)} clear={clear} />}
                columns={[
                  { head: t("To"), cell: (row) => <Link href={`/messages/${row.id}`} onClick={(event) => event.stopPropagation()}>+{row.to}</Link> },
                  { head: t("From"), cell: (row) => row.from, wide: true },
                  { head: t("Text"), cell: (row) => <Text size="sm" c="dimmed" lineClamp={1} maw={280} style={{ wordBreak: "break-all" }}>{row.text ?? ""}</Text>, wide: true },
                  { head: t("State"), cell: (row) => <StateBadge state={row.status} /> },
                  { head: t("API"), cell: (row) => row.dialect ?? "native", wide: true },
                  { head: t("Price"), cell: (row) => price(row.price), end: true, wide: true },
                  { head: t("Created"), cell: (row) => <When at={row.created_at} /> },
                ]}
              />
              {page.searched_to ? <Stopped at={page.searched_to} pages={pages} /> : <Pager pages={pages} />}
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}

function Nothing({ filtered, stopped, clear }: { filtered: boolean; stopped: boolean; clear: () => void }) {
  const { t } = useTranslation();
  if (stopped) return null;
  if (filtered) return <Empty title={t("No message fits")} action={<Button variant="default" onClick={clear}>{t("Clear filters")}</Button>} />;
  return <Empty title={t("No messages yet")} action={<Allowed to="sendMessage"><Button component={Link} href="/send">{t("Send the first")}</Button></Allowed>} />;
}

/** A search among millions ends now and then; it goes on from where it was. */
function Stopped({ at, pages }: { at: string; pages: Pages<Message> }) {
  const { t } = useTranslation();
  const words = useWords();
  return (
    <Alert variant="light" mt="sm" title={t("Searched back to {{when}}", { when: words.when(at) })}>
      <Text size="sm">{t("There are too many messages to look at all of them at once. Name a time or a number, or go on.")}</Text>
      <Group mt="xs" gap="xs">
        <Button size="xs" onClick={() => pages.forward?.()} disabled={!pages.forward}>{t("Search further")}</Button>
        {!pages.first && <Button size="xs" variant="default" onClick={pages.back}>{t("Back")}</Button>}
      </Group>
    </Alert>
  );
}

/** The browser itself writes the file while it comes, however large it is; a key can only be sent by a script. */
function Export({ asked }: { asked: Record<string, string> }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const place = `/v1/messages/export?${new URLSearchParams(asked).toString()}`.replace(/\?$/, "");
  const save = async () => {
    setBusy(true);
    try {
      saveFile("messages.csv", await (await raw(place)).blob());
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    } finally {
      setBusy(false);
    }
  };
  const icon = <DownloadIcon />;
  if (held.key) return <Button variant="default" leftSection={icon} loading={busy} onClick={() => void save()}>{t("Export as CSV")}</Button>;
  return (
    <Allowed to="exportMessages">
      <Button component="a" href={place} download="messages.csv" variant="default" leftSection={icon}>{t("Export as CSV")}</Button>
    </Allowed>
  );
}
