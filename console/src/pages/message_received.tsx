/** The request by which a message came, without its secrets, and what was checked of the message. */
import { Badge, Code, Group, ScrollArea, Stack, Table, Text, ThemeIcon } from "@mantine/core";
import { CheckIcon } from "@radix-ui/react-icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Copy, When } from "../parts/bits";
import { usePrice } from "../parts/price";
import { useWords } from "../parts/words";

export function CameAs({ request }: { request: Schemas["ReceivedView"] | null | undefined }) {
  const { t } = useTranslation();
  if (!request) return <Text size="sm" c="dimmed">{t("The request is not kept.")}</Text>;
  const target = `${request.method} ${request.path ?? ""}${request.query ? `?${request.query}` : ""}`.trim();
  const body = request.body ?? request.body_hex;
  const facts = [
    request.address,
    request.credential ?? request.person,
    request.entries ? t("{{count}} message(s)", { count: request.entries }) : null,
    request.octets !== null && request.octets !== undefined ? t("{{count}} octets", { count: request.octets }) : null,
    request.media_type,
    request.agent,
  ].filter(Boolean);
  return (
    <Stack gap="xs">
      <Code block fz="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{target}</Code>
      <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}><When at={request.at} /> · {facts.join(" · ")}</Text>
      {request.id && <Group gap={4} wrap="nowrap"><Text size="xs" c="dimmed">{t("Request")}</Text><Code>{request.id}</Code><Copy value={request.id} /></Group>}
      {request.head_only && <Text size="sm">{t("Nothing of its content is kept.")}</Text>}
      {body && (
        <ScrollArea.Autosize mah={320} type="auto" viewportProps={{ tabIndex: 0, "aria-label": t("Body"), role: "region" }}>
          <Code block fz="xs" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>{body}</Code>
        </ScrollArea.Autosize>
      )}
      {body && (
        <Group gap="xs">
          {request.body_hex && <Badge variant="outline" color="gray" tt="none">{t("octets in hexadecimal")}</Badge>}
          {request.cut && <Text size="xs" c="dimmed">{t("The rest of it is not kept.")}</Text>}
          <Text size="xs" c="dimmed">{t("Secrets are shown as {{mask}}.", { mask: "•••" })}</Text>
        </Group>
      )}
    </Stack>
  );
}

export function Checked({ checks }: { checks: Schemas["CheckView"][] }) {
  const { t } = useTranslation();
  const said = useSaid();
  const names: Record<string, string> = {
    recipient: t("Recipient"),
    sender: t("Sender"),
    text: t("Text"),
    class: t("Kind"),
    consent: t("Consent"),
    limits: t("Limits"),
    times: t("Times"),
    money: t("Money"),
  };
  return (
    <Table variant="vertical" layout="auto">
      <Table.Tbody>
        {checks.map((check) => (
          <Table.Tr key={check.name}>
            <Table.Th fw={500} c="dimmed" w={130}>
              <Group gap={6} wrap="nowrap">
                <ThemeIcon size="xs" variant="light" color="green" aria-hidden><CheckIcon /></ThemeIcon>
                {names[check.name] ?? check.name}
              </Group>
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{said(check)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** A check in words; one that this console does not know is shown as it came. */
function useSaid(): (check: Schemas["CheckView"]) => ReactNode {
  const { t } = useTranslation();
  const words = useWords();
  const price = usePrice();
  return ({ name, result, facts = {} }) => {
    const text = (key: string) => (facts[key] === undefined ? "" : String(facts[key]));
    const number = (key: string) => Number(facts[key] ?? 0);
    const senders: Record<string, string> = {
      approved: t("approved for this account"),
      any: t("the account may use any sender"),
      number: t("a number that the account writes from"),
      none: t("none was asked for"),
    };
    switch (name) {
      case "recipient":
        return joined(`+${text("msisdn")}`, text("country") ? words.country(text("country")) : t("country not known"), text("mcc") && `${text("mcc")}-${text("mnc") || "?"}`);
      case "sender":
        return joined(text("sender"), senders[result] ?? result);
      case "text":
        return joined(result.toUpperCase(), t("{{count}} part(s)", { count: number("parts") }), facts.characters !== undefined && t("{{count}} characters", { count: number("characters") }), facts.octets !== undefined && t("{{count}} octets", { count: number("octets") }));
      case "class":
        return joined(t(result), facts.priority !== undefined && `${t("Priority")} ${words.number(number("priority"))}`);
      case "consent":
        return joined(result === "owed" ? t("an answer to STOP or HELP, which is owed") : t("no opt-out stood against it"), text("campaign"));
      case "limits":
        return joined(t("at most {{count}} parts", { count: number("most_parts") }), facts.per_second !== undefined && t("{{count}} messages a second", { count: number("per_second") }));
      case "times":
        return joined(result === "scheduled" ? t("later: {{at}}", { at: words.when(text("send_at")) }) : t("at once"), t("valid until {{at}}", { at: words.when(text("valid_until")) }));
      case "money":
        if (result !== "held") return result === "test" ? t("a test costs nothing") : t("costs nothing");
        return joined(t("{{sum}} held, {{price}} for a part", { sum: price(text("price")), price: price(text("per_part")) }), text("card") && t("card {{card}}, line {{line}}", { card: text("card"), line: text("rate") }));
      default:
        return joined(result, ...Object.entries(facts).map(([key, value]) => `${key}: ${value}`));
    }
  };
}

function joined(...pieces: (string | false)[]): string {
  return pieces.filter(Boolean).join(" · ");
}
