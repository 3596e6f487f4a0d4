/** Small things that many pages show. */
import { ActionIcon, Badge, Button, Code, CopyButton, Group, Modal, ScrollArea, Stack, Table, Text, Tooltip, type BadgeProps } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { CheckIcon, CopyIcon, TrashIcon } from "@radix-ui/react-icons";
import { useState, type MouseEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { OFF, useWhyNot } from "./may";
import { Failure } from "./page";
import { useWords } from "./words";

/** Colours of states, everywhere the same; the word is always there as well. */
const COLOURS: Record<string, string> = {
  delivered: "green", approved: "green", active: "green", succeeded: "green", free: "green", live: "green", finished: "green", in: "green", up: "green", partly: "yellow", unknown: "gray", disabled: "gray", verified: "green",
  sent: "blue", sending: "blue", running: "blue", accepted: "blue", out: "blue", importing: "blue",
  queued: "gray", scheduled: "gray", pending: "yellow", draft: "gray", held: "gray", test: "grape", paused: "yellow", uncertain: "yellow", waiting: "yellow",
  failed: "red", undelivered: "red", rejected: "red", expired: "red", refused: "red", suspended: "red", released: "gray", cancelled: "gray", ended: "gray", down: "red",
};

export function StateBadge({ state, ...rest }: { state: string } & BadgeProps) {
  const { t } = useTranslation();
  return <Badge color={COLOURS[state] ?? "gray"} tt="none" {...rest}>{t(state)}</Badge>;
}

export function When({ at }: { at: string | null | undefined }) {
  const { when } = useWords();
  return <Text span size="sm" className="when" title={at ?? undefined}>{when(at)}</Text>;
}

export function Copy({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t("Copied") : (label ?? t("Copy"))} withArrow>
          <ActionIcon variant="subtle" color={copied ? "green" : "gray"} onClick={copy} aria-label={label ?? t("Copy")}>
            {copied ? <CheckIcon /> : <CopyIcon />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

export function CodeBlock({ text, label }: { text: string; label: string }) {
  return (
    <Group align="flex-start" gap={4} wrap="nowrap">
      <ScrollArea style={{ flex: 1, minWidth: 0 }} type="auto" viewportProps={{ tabIndex: 0, "aria-label": label, role: "region" }}>
        <Code block fz="xs" w="max-content" miw="100%" style={{ overflow: "visible" }}>{text}</Code>
      </ScrollArea>
      <Copy value={text} />
    </Group>
  );
}

export interface Column<T> {
  head: string;
  cell: (row: T) => ReactNode;
  /** Left out where the screen is narrow. */
  wide?: boolean;
  end?: boolean;
}

/** A table that scrolls within itself on a phone and says what it holds. */
export function Rows<T>({ label, columns, rows, keyOf, empty, onRow }: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  keyOf: (row: T) => string;
  empty: ReactNode;
  onRow?: (row: T) => void;
}) {
  if (rows.length === 0) return <>{empty}</>;
  return (
    <Table.ScrollContainer minWidth={0} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "region", "aria-label": label } }}>
      <Table aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((each) => (
              <Table.Th key={each.head} visibleFrom={each.wide ? "sm" : undefined} ta={each.end ? "right" : undefined}>{each.head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)} onClick={onRow && (() => onRow(row))} style={onRow ? { cursor: "pointer" } : undefined}>
              {columns.map((each) => (
                <Table.Td key={each.head} visibleFrom={each.wide ? "sm" : undefined} ta={each.end ? "right" : undefined}>{each.cell(row)}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** A button that takes something away, after asking. */
export function Remove({ what, consequence, act, word, needs }: { what: string; consequence: string; act: () => Promise<unknown>; word?: string; needs?: string }) {
  const { t } = useTranslation();
  const whyNot = useWhyNot();
  const [opened, { open, close }] = useDisclosure(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      await act();
      close();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const verb = word ?? t("Remove");
  const why = needs === undefined ? null : whyNot(needs);
  const use = why !== null ? OFF : { onClick: (event: MouseEvent) => { event.stopPropagation(); setError(null); open(); } };
  return (
    <>
      <Tooltip label={why ?? verb} multiline maw={260} events={{ hover: true, focus: true, touch: true }}>
        <ActionIcon variant="subtle" color="red" aria-label={`${verb}: ${what}`} {...use}>
          <TrashIcon />
        </ActionIcon>
      </Tooltip>
      <Modal opened={opened} onClose={close} title={`${verb}: ${what}`} closeButtonProps={{ "aria-label": t("Close") }}>
        <Stack>
          <Text size="sm">{consequence}</Text>
          <Failure error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>{t("Keep it")}</Button>
            <Button color="red" onClick={() => void go()} loading={busy}>{verb}</Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

/** A dialog with a form: `save` throws what the server said. */
export function Form({ title, opened, close, save, children, word, size }: {
  title: string;
  opened: boolean;
  close: () => void;
  save: () => Promise<unknown>;
  children: ReactNode;
  word?: string;
  size?: string;
}) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      await save();
      close();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal opened={opened} onClose={close} title={title} size={size} closeButtonProps={{ "aria-label": t("Close") }}>
      <form onSubmit={(event) => { event.preventDefault(); void go(); }}>
        <Stack>
          {children}
          <Failure error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>{t("Cancel")}</Button>
            <Button type="submit" loading={busy}>{word ?? t("Save")}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Unwraps what openapi-fetch gives: the data, or its problem as an exception. */
export async function done<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (error !== undefined || !response.ok) throw error ?? new Error(response.statusText);
  return data as T;
}
