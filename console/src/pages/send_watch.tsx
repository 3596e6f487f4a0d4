/** What became of what was just sent, as it happens. */
import { Anchor, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useEvents } from "../api/events";
import { StateBadge } from "../parts/bits";
import { Panel } from "../parts/page";

export interface Watched {
  id: string;
  to: string;
  status: string;
  test: boolean;
}

export function SendOff({ sent }: { sent: Watched[] }) {
  const { t } = useTranslation();
  const [states, setStates] = useState<Record<string, string>>({});
  useEvents(({ data }) => {
    if (data.id && data.status) setStates((before) => ({ ...before, [data.id!]: data.status! }));
  });
  if (sent.length === 0) return null;
  return (
    <Panel title={t("Just sent")}>
      <Stack gap="xs" aria-live="polite">
        {sent.map((each) => (
          <Group key={each.id} justify="space-between">
            <Anchor component={Link} href={`/messages/${each.id}`} size="sm">{each.to}</Anchor>
            <Group gap={4} wrap="nowrap">
              {each.test && <StateBadge state="test" />}
              <StateBadge state={states[each.id] ?? each.status} />
            </Group>
          </Group>
        ))}
      </Stack>
    </Panel>
  );
}
