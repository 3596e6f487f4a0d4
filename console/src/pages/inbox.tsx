/** Conversations: what handsets wrote and what was answered. */
import { ActionIcon, Badge, Box, Button, Grid, Group, NavLink, ScrollArea, Stack, Text, Textarea } from "@mantine/core";
import { ArrowLeftIcon, PaperPlaneIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { $api, api, type Schemas } from "../api/client";
import { useEvents } from "../api/events";
import { useOffered } from "../api/session";
import { done, StateBadge } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Answer, Empty, Failure, Page, Panel } from "../parts/page";
import { useWords } from "../parts/words";

type Conversation = Schemas["ConversationView"];

const DAY_MS = 86_400_000;

export default function Inbox({ id }: { id?: string }) {
  const { t } = useTranslation();
  const words = useWords();
  const [, go] = useLocation();
  const offered = useOffered();
  const list = $api.useQuery("get", "/v1/conversations", { params: { query: { limit: 50 } } });
  useEvents(({ type }) => {
    if (type === "message.received") void list.refetch();
  });
  const found = list.data?.items.find((each) => nameOf(each) === id);
  return (
    <Page title={t("Inbox")} hint={t("What handsets wrote to your numbers; the newest first.")} actions={offered("listKeywords") && <Button component={Link} href="/keywords" variant="default">{t("Keywords and replies")}</Button>}>
      <Answer of={list}>
        {(data) =>
          data.items.length === 0 ? (
            <Panel>
              <Empty
                title={t("Nobody has written yet")}
                action={<Group>{offered("readHandset") && <Button component={Link} href="/phone">{t("Write from the phone")}</Button>}<Button component={Link} href="/senders" variant="default">{t("Get a number")}</Button></Group>}
              >
                {t("Messages to your numbers appear here. You need a number that can receive.")}
              </Empty>
            </Panel>
          ) : (
            <Grid gap="lg">
              <Grid.Col span={{ base: 12, md: 4 }} visibleFrom={found ? "md" : undefined}>
                <Panel pad={false}>
                  <Box component="nav" aria-label={t("Conversations")} p={4}>
                    {data.items.map((each) => (
                      <NavLink
                        key={nameOf(each)}
                        active={nameOf(each) === id}
                        onClick={() => go(`/inbox/${nameOf(each)}`)}
                        component="button"
                        style={{ borderRadius: "var(--mantine-radius-md)" }}
                        label={<Group justify="space-between" wrap="nowrap"><Text fw={600} size="sm">+{each.handset}</Text><Text size="xs" c={nameOf(each) === id ? undefined : "dimmed"} title={words.when(each.last.at)} style={{ whiteSpace: "nowrap" }}>{lately(each.last.at) ? words.minute(each.last.at) : words.day(each.last.at.slice(0, 10))}</Text></Group>}
                        description={<Text size="sm" truncate c="var(--mantine-color-text)" component="span" display="block">{each.last.direction === "out" ? "↪ " : ""}{each.last.text}</Text>}
                        rightSection={each.unread > 0 ? <Badge variant="filled" circle aria-label={t("{{count}} unread", { count: each.unread })}>{each.unread}</Badge> : undefined}
                      />
                    ))}
                  </Box>
                </Panel>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 8 }}>
                {found ? <Talk key={id} with={found} /> : <Box visibleFrom="md"><Panel><Empty title={t("Choose a conversation")} /></Panel></Box>}
              </Grid.Col>
            </Grid>
          )
        }
      </Answer>
    </Page>
  );
}

function lately(at: string): boolean {
  return Date.now() - new Date(at).getTime() < DAY_MS;
}

function nameOf(each: Conversation): string {
  return `${each.handset}-${each.number}`;
}

function Talk({ with: { handset, number } }: { with: Conversation }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const bottom = useRef<HTMLDivElement>(null);
  const where = { path: { msisdn: handset }, query: { sender: number } };
  const talk = $api.useQuery("get", "/v1/conversations/{msisdn}", { params: { ...where, query: { ...where.query, limit: 50 } } });
  const entries = [...(talk.data?.items ?? [])].reverse();
  useEvents(({ data }) => {
    if (data.from === handset || data.to === handset) void talk.refetch();
  });
  const unread = entries.some((each) => each.direction === "in" && !each.read_at);
  useEffect(() => {
    bottom.current?.scrollIntoView({ block: "nearest" });
    if (!unread) return;
    void api
      .POST("/v1/conversations/{msisdn}/read", { params: { path: { msisdn: handset }, query: { sender: number } } })
      .then(() => queries.invalidateQueries({ queryKey: ["get", "/v1/conversations"] }));
  }, [unread, entries.length, handset, number, queries]);

  const reply = async () => {
    if (!text.trim()) return;
    setBusy(true);
    setError(null);
    try {
      await done(api.POST("/v1/messages", { body: { from: number, to: handset, text }, params: { header: { "Idempotency-Key": crypto.randomUUID() } } }));
      setText("");
      await talk.refetch();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };

  return (
    <Panel>
      <Group mb="sm" gap="xs">
        <ActionIcon component={Link} href="/inbox" variant="subtle" hiddenFrom="md" aria-label={t("Back")}><ArrowLeftIcon /></ActionIcon>
        <Text fw={650}>+{handset}</Text>
        <Text size="sm" c="dimmed">{t("with {{number}}", { number })}</Text>
      </Group>
      <ScrollArea h="52vh" type="auto" viewportProps={{ tabIndex: 0, role: "log", "aria-label": t("Conversation") }}>
        <Answer of={talk}>
          {() => (
            <Stack gap="xs" p={4}>
              {entries.map((each) => (
                <Stack key={each.id} gap={2} align={each.direction === "in" ? "flex-start" : "flex-end"}>
                  <div className={`bubble bubble-${each.direction}`}>{each.text}</div>
                  <Group gap={6}>
                    <Text size="xs" c="dimmed">{words.when(each.at)}</Text>
                    {each.status && <StateBadge state={each.status} size="xs" />}
                    {each.kind && each.kind !== "message" && <Badge size="xs" color="yellow">{each.kind}</Badge>}
                  </Group>
                </Stack>
              ))}
              <div ref={bottom} />
            </Stack>
          )}
        </Answer>
      </ScrollArea>
      <Failure error={error} />
      <form onSubmit={(event) => { event.preventDefault(); void reply(); }}>
        <Group align="flex-end" mt="sm" wrap="nowrap">
          <Textarea
            aria-label={t("Reply")}
            placeholder={t("Reply")}
            autosize
            maxRows={5}
            style={{ flex: 1 }}
            value={text}
            onChange={(e) => setText(e.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.shiftKey) {
                event.preventDefault();
                void reply();
              }
            }}
          />
          <Allowed to="sendMessage"><Button type="submit" loading={busy} leftSection={<PaperPlaneIcon />}>{t("Reply")}</Button></Allowed>
        </Group>
      </form>
    </Panel>
  );
}
