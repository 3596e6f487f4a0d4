/** Who is told of events, what came of each try, and telling again. */
import { Alert, Badge, Button, Code, Group, MultiSelect, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { ArrowLeftIcon, PlusIcon, ReloadIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, sentence, type Schemas } from "../api/client";
import { Copy, done, Form, Remove, Rows, StateBadge, When } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { Pager, usePages } from "../parts/pager";

const EVENTS = ["*", "message.sent", "message.delivered", "message.undelivered", "message.failed", "message.rejected", "message.expired", "message.received", "link.clicked"];
const FORMS = ["native", "mimsms", "smsapi", "imiconnect", "mitto", "messagewhiz"];

export default function Webhooks({ id }: { id?: string }) {
  return id ? <Deliveries id={id} /> : <All />;
}

function All() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const [opened, { open, close }] = useDisclosure(false);
  const [fresh, setFresh] = useState<Schemas["EndpointView"] | null>(null);
  const list = $api.useQuery("get", "/v1/endpoints", { params: { query: { limit: 100 } } });
  const again = () => queries.invalidateQueries({ queryKey: ["get", "/v1/endpoints"] });
  return (
    <Page title={t("Webhooks")} hint={t("Your programs are told of events by HTTP, signed, and again until they answer.")} actions={<Allowed to="createEndpoint"><Button leftSection={<PlusIcon />} onClick={open}>{t("New endpoint")}</Button></Allowed>}>
      {fresh?.secret && (
        <Alert color="yellow" title={t("Keep this secret now: it is shown once")} withCloseButton closeButtonLabel={t("Close")} onClose={() => setFresh(null)}>
          <Group gap="xs"><Code>{fresh.secret}</Code><Copy value={fresh.secret} /></Group>
          <Text size="sm" mt={4}>{t("Calls are signed with it, by Standard Webhooks.")}</Text>
        </Alert>
      )}
      <Panel>
        <Answer of={list}>
          {(data) => (
            <Rows
              label={t("Webhooks")}
              rows={data.items}
              keyOf={(row) => row.id}
              onRow={(row) => go(`/webhooks/${row.id}`)}
              empty={<Empty title={t("Nobody is told of anything yet")} action={<Allowed to="createEndpoint"><Button onClick={open}>{t("New endpoint")}</Button></Allowed>}>{t("An endpoint is a URL of yours that is called when something happens.")}</Empty>}
              columns={[
                { head: t("URL"), cell: (row) => <Link href={`/webhooks/${row.id}`} style={{ overflowWrap: "anywhere" }}>{row.url}</Link> },
                { head: t("Form"), cell: (row) => row.dialect, wide: true },
                { head: t("Events"), cell: (row) => <Named events={row.events} />, wide: true },
                { head: t("State"), cell: (row) => (row.disabled_at ? <Badge color="red" tt="none">{t("switched off")}</Badge> : <StateBadge state="active" />) },
                { head: t("Actions"), end: true, cell: (row) => <Remove needs="removeEndpoint" what={row.url} consequence={t("It is not told of anything any more.")} act={async () => { await done(api.DELETE("/v1/endpoints/{id}", { params: { path: { id: row.id } } })); await again(); }} /> },
              ]}
            />
          )}
        </Answer>
      </Panel>
      <Make opened={opened} close={close} made={(endpoint) => { setFresh(endpoint); void again(); }} />
    </Page>
  );
}

function Named({ events }: { events: string[] }) {
  const { t } = useTranslation();
  return <>{events.includes("*") ? t("every event") : events.join(", ")}</>;
}

function Make({ opened, close, made }: { opened: boolean; close: () => void; made: (endpoint: Schemas["EndpointView"]) => void }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState("");
  const [dialect, setDialect] = useState("native");
  const [events, setEvents] = useState<string[]>(["*"]);
  const save = async () => made(await done(api.POST("/v1/endpoints", { body: { url, dialect, events } })));
  return (
    <Form title={t("New endpoint")} opened={opened} close={close} save={save}>
      <TextInput label={t("URL")} type="url" placeholder="https://shop.example/hooks/sms" value={url} onChange={(e) => setUrl(e.currentTarget.value)} required data-autofocus />
      <MultiSelect label={t("Events")} data={EVENTS} value={events} onChange={setEvents} searchable required />
      <Select label={t("Form")} description={t("Standard Webhooks (native), or as a vendor would call you.")} data={FORMS} value={dialect} onChange={(value) => value && setDialect(value)} allowDeselect={false} />
    </Form>
  );
}

function Deliveries({ id }: { id: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const endpoint = $api.useQuery("get", "/v1/endpoints/{id}", { params: { path: { id } } });
  const pages = usePages(
    ["deliveries", id],
    (before) => done(api.GET("/v1/endpoints/{id}/deliveries", { params: { path: { id }, query: { limit: 25, ...(before ? { before } : {}) } } })),
    5000,
  );
  const [error, setError] = useState<unknown>(null);
  const replay = async (row: Schemas["DeliveryView"]) => {
    try {
      const { count } = await done(api.POST("/v1/endpoints/{id}/replay", { params: { path: { id } }, body: { message: row.message, event: row.event } }));
      notifications.show({ color: "green", message: t("{{count}} event(s) are told again", { count }) });
      await queries.invalidateQueries({ queryKey: ["deliveries", id] });
    } catch (caught) {
      notifications.show({ color: "red", message: sentence(caught) });
    }
  };
  const enable = async (found: Schemas["EndpointView"]) => {
    setError(null);
    try {
      const { url, dialect, events, service, settings } = found;
      await done(api.PUT("/v1/endpoints/{id}", { params: { path: { id } }, body: { url, dialect, events, service: service ?? null, settings } }));
      await queries.invalidateQueries();
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Page title={t("Deliveries")} actions={<Button component={Link} href="/webhooks" variant="default" leftSection={<ArrowLeftIcon />}>{t("All endpoints")}</Button>}>
      <Answer of={endpoint}>
        {(found) => (
          <Panel>
            <Stack gap="xs">
              <Code>{found.url}</Code>
              <Text size="sm" c="dimmed"><Named events={found.events} /> · {found.dialect}</Text>
              {found.disabled_at && (
                <Alert color="red" title={t("It is switched off")}>
                  <Text size="sm">{found.disabled_reason?.replaceAll("_", " ")} · <When at={found.disabled_at} /></Text>
                  <Allowed to="changeEndpoint"><Button size="xs" mt="xs" onClick={() => void enable(found)}>{t("Switch it on again")}</Button></Allowed>
                </Alert>
              )}
              <Failure error={error} />
            </Stack>
          </Panel>
        )}
      </Answer>
      <Panel>
        <Answer of={pages}>
          {(page) => (
            <>
              <Rows
                label={t("Deliveries")}
                rows={page.items}
                keyOf={(row) => row.id}
                empty={<Empty title={t("It has not been called yet")}>{t("Send a message: its events come here within seconds.")}</Empty>}
                columns={[
                  { head: t("When"), cell: (row) => <When at={row.at} /> },
                  { head: t("Answer"), cell: (row) => (row.status_code ? <Badge color={row.status_code < 300 ? "green" : "red"}>{row.status_code}</Badge> : <Text size="sm">{row.error}</Text>) },
                  { head: t("Message"), cell: (row) => <Link href={`/messages/${row.message}`}>{row.message}</Link>, wide: true },
                  { head: t("Took"), cell: (row) => `${row.duration_ms} ms`, end: true, wide: true },
                  { head: t("Again"), end: true, cell: (row) => <Allowed to="replay"><Button size="compact-xs" variant="default" leftSection={<ReloadIcon />} onClick={() => void replay(row)}>{t("Replay")}</Button></Allowed> },
                ]}
              />
              <Pager pages={pages} />
            </>
          )}
        </Answer>
      </Panel>
    </Page>
  );
}
