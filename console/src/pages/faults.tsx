/** What goes wrong in the simulated network, by sliders; it holds from the next message on. */
import { Alert, Badge, Button, Group, SimpleGrid, Slider, Stack, Switch, Text } from "@mantine/core";
import { InfoCircledIcon, ResetIcon } from "@radix-ui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { $api, api, codeOf, type Schemas } from "../api/client";
import { done } from "../parts/bits";
import { Allowed } from "../parts/may";
import { Failure, Panel, Waiting } from "../parts/page";
import { useWords } from "../parts/words";

type Faults = Schemas["FaultsBody"];
type Share = { [K in keyof Faults]-?: K extends `${string}_share` ? K : never }[keyof Faults];
interface Dial {
  name: Share;
  label: string;
  says: string;
}

const PATH = "/v1/simulator/faults";
/** Steps of the sliders of time, in milliseconds; 0 stands for the simulator's own pace. */
const RESPONSE_MS = [0, 50, 200, 1000, 3000, 10_000];
const RECEIPT_MS = [0, 2000, 5000, 15_000, 60_000, 300_000];

/** The shares of one row add up to 1 at most, because a message has but one fate. */
function useDials(): { title: string; dials: Dial[]; together: boolean }[] {
  const { t } = useTranslation();
  return [
    {
      title: t("When a message is handed over"), together: true,
      dials: [
        { name: "refused_share", label: t("Refused"), says: t("The network does not take the message.") },
        { name: "throttled_share", label: t("Throttled"), says: t("Too many at once: it is tried again a little later.") },
        { name: "unanswered_share", label: t("No answer"), says: t("Nobody knows whether the network has it.") },
      ],
    },
    {
      title: t("What becomes of it"), together: true,
      dials: [
        { name: "undelivered_share", label: t("Undelivered"), says: t("Switched off, unknown, memory full … It is tried again where that may help.") },
        { name: "expired_share", label: t("Expired"), says: t("The phone was not reached in time.") },
        { name: "rejected_share", label: t("Rejected"), says: t("Taken first, and then turned down.") },
      ],
    },
    {
      title: t("How its receipt comes"), together: false,
      dials: [
        { name: "lost_share", label: t("Lost"), says: t("The phone has the message, and nobody tells us.") },
        { name: "duplicate_share", label: t("Twice"), says: t("The same receipt comes again.") },
        { name: "early_share", label: t("Too early"), says: t("It comes before the answer to the message itself.") },
        { name: "reverse_share", label: t("Out of order"), says: t("The parts of a long message report last to first.") },
      ],
    },
    {
      title: t("The connection (SMPP)"), together: true,
      dials: [
        { name: "cut_share", label: t("Dropped"), says: t("The line breaks in the middle of an answer.") },
        { name: "garbage_share", label: t("Noise"), says: t("Octets come that mean nothing.") },
        { name: "late_share", label: t("Late answers"), says: t("Two seconds later than usual.") },
      ],
    },
  ];
}

/** Many settings at once, to begin with. */
const TROUBLES: Record<string, Faults> = {
  "A bad day": { undelivered_share: 0.15, expired_share: 0.05, lost_share: 0.05, receipt_median_ms: 5000 },
  "Overload": { throttled_share: 0.5, response_median_ms: 1000 },
  "Bad wires": { cut_share: 0.1, garbage_share: 0.05, duplicate_share: 0.2, early_share: 0.2 },
};

export function FaultsPanel() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const now = $api.useQuery("get", PATH, {}, { retry: false });
  const [wanted, setWanted] = useState<Faults | null>(null);
  const [error, setError] = useState<unknown>(null);
  const sending = useRef(Promise.resolve());
  useEffect(() => {
    if (now.data) setWanted(bodyOf(now.data));
  }, [now.data]);

  const tell = (faults: Faults) => {
    setWanted(faults);
    setError(null);
    // One after the other, so that the last one asked for is the one that stays.
    sending.current = sending.current
      .then(async () => queries.setQueryData(["get", PATH, {}], await done(api.PUT(PATH, { body: faults }))))
      .then(() => undefined, setError);
  };
  if (codeOf(now.error) === "not_found") {
    return <Alert variant="light" icon={<InfoCircledIcon />} title={t("There is no simulated carrier here")}>{t("Messages in test mode reach this phone all the same.")}</Alert>;
  }
  if (now.error) return <Failure error={now.error} retry={() => void now.refetch()} />;
  if (!wanted) return <Waiting />;
  const quiet = Object.keys(plain(wanted)).length === 0;
  return (
    <Panel
      title={t("What goes wrong")}
      actions={
        <Group gap="xs">
          <Badge color={quiet ? "green" : "yellow"} tt="none">{quiet ? t("All is well") : t("In force")}</Badge>
          <Allowed to="setFaults"><Button size="xs" variant="default" leftSection={<ResetIcon />} disabled={quiet} onClick={() => tell({})}>{t("Reset")}</Button></Allowed>
        </Group>
      }
    >
      <Stack gap="lg">
        <Text size="sm" c="dimmed">{t("It holds from the next message on, for {{carriers}}. Messages in test mode never meet it.", { carriers: now.data?.carriers.join(", ") })}</Text>
        <Group gap="xs">
          {Object.entries(TROUBLES).map(([name, faults]) => (
            <Allowed key={name} to="setFaults"><Button size="xs" variant="light" onClick={() => tell(faults)}>{t(name)}</Button></Allowed>
          ))}
        </Group>
        <Failure error={error} />
        <Dials wanted={wanted} tell={tell} />
      </Stack>
    </Panel>
  );
}

function Dials({ wanted, tell }: { wanted: Faults; tell: (faults: Faults) => void }) {
  const { t } = useTranslation();
  const groups = useDials();
  return (
    <>
      <Allowed to="setFaults" input>
        <Switch label={t("Nobody there")} description={t("The carrier cannot be reached; messages wait, or take another way.")} checked={wanted.down ?? false} onChange={(event) => tell({ ...wanted, down: event.currentTarget.checked })} />
      </Allowed>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing="lg">
        <Pace label={t("Answers come after")} steps={RESPONSE_MS} value={wanted.response_median_ms} tell={(ms) => tell({ ...wanted, response_median_ms: ms, response_p99_ms: null })} />
        <Pace label={t("Receipts come after")} steps={RECEIPT_MS} value={wanted.receipt_median_ms} tell={(ms) => tell({ ...wanted, receipt_median_ms: ms, receipt_p99_ms: null })} />
      </SimpleGrid>
      {groups.map((group) => (
        <Stack key={group.title} gap="xs" role="group" aria-label={group.title}>
          <Text fw={600} size="sm">{group.title}</Text>
          <SimpleGrid cols={{ base: 1, sm: group.dials.length === 3 ? 3 : 2 }} spacing="lg" verticalSpacing="md">
            {group.dials.map((dial) => {
              const others = group.dials.filter((each) => group.together && each.name !== dial.name);
              const room = 1 - others.reduce((sum, each) => sum + (wanted[each.name] ?? 0), 0);
              return <Chance key={dial.name} dial={dial} value={wanted[dial.name] ?? 0} room={room} tell={(share) => tell({ ...wanted, [dial.name]: share })} />;
            })}
          </SimpleGrid>
        </Stack>
      ))}
    </>
  );
}

function Chance({ dial, value, room, tell }: { dial: Dial; value: number; room: number; tell: (share: number) => void }) {
  const words = useWords();
  const [at, setAt] = useState(Math.round(value * 100));
  useEffect(() => setAt(Math.round(value * 100)), [value]);
  const most = Math.round(room * 100);
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{dial.label}</Text>
        <Text size="sm" fw={600} c={at ? undefined : "dimmed"}>{words.share(at / 100)}</Text>
      </Group>
      <Allowed to="setFaults" input>
        <Slider thumbLabel={dial.label} value={at} label={null} onChange={(next) => setAt(Math.min(next, most))} onChangeEnd={(next) => tell(Math.min(next, most) / 100)} color={at ? "yellow" : undefined} my={4} />
      </Allowed>
      <Text size="xs" c="dimmed">{dial.says}</Text>
    </div>
  );
}

function Pace({ label, steps, value, tell }: { label: string; steps: number[]; value: number | null | undefined; tell: (ms: number | null) => void }) {
  const { t } = useTranslation();
  const place = value ? nearest(steps, value) : 0;
  const [at, setAt] = useState(place);
  useEffect(() => setAt(place), [place]);
  const shown = at ? steps[at]! : 0;
  const said = shown === 0 ? t("as usual") : shown < 1000 ? t("{{count}} ms", { count: shown }) : t("{{count}} s", { count: shown / 1000 });
  return (
    <div>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{label}</Text>
        <Text size="sm" fw={600} c={at ? undefined : "dimmed"}>{said}</Text>
      </Group>
      <Allowed to="setFaults" input>
        <Slider thumbLabel={label} value={at} min={0} max={steps.length - 1} label={null} onChange={setAt} onChangeEnd={(next) => tell(next ? steps[next]! : null)} color={at ? "yellow" : undefined} my={4} />
      </Allowed>
    </div>
  );
}

function nearest(steps: number[], value: number): number {
  return steps.reduce((best, each, i) => (Math.abs(each - value) < Math.abs(steps[best]! - value) ? i : best), 1);
}

/** Without what is not asked for, and without the pace of the slowest, which follows the median. */
function plain(faults: Faults): Faults {
  return Object.fromEntries(Object.entries(faults).filter(([name, value]) => Boolean(value) && name !== "late_seconds" && name !== "carriers"));
}

function bodyOf(view: Schemas["FaultsView"]): Faults {
  return plain(view);
}
