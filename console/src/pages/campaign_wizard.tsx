/** A campaign step by step: to whom, what, its links, when, and a look at what it will be before it is sent. */
import { Button, Group, Stepper, Text } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { api, type Schemas } from "../api/client";
import { useSession } from "../api/session";
import { done } from "../parts/bits";
import { Failure, Page, Panel } from "../parts/page";
import { useWords, useZone } from "../parts/words";
import { Whom } from "./campaign_audience";
import { bodyOf, draftKey, lacks, restored, STEPS, type Draft, type Lack } from "./campaign_draft";
import { Look } from "./campaign_look";
import { Links, What } from "./campaign_text";
import { Time } from "./campaign_time";

export interface Part {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

interface Kept {
  draft: unknown;
  step: number;
  at: string;
}

export function Wizard() {
  const { t } = useTranslation();
  const words = useWords();
  const [, go] = useLocation();
  const [zone] = useZone();
  const { session } = useSession();
  const [kept, keep, forget] = useLocalStorage<Kept | null>({ key: draftKey(session?.person), defaultValue: null, getInitialValueInEffect: false });
  const [found] = useState(kept); // what was there when the page was opened
  const draft = restored(kept?.draft);
  if (!draft.zone) draft.zone = zone;
  const step = Math.min(kept?.step ?? 0, STEPS.length - 1);
  const [estimate, setEstimate] = useState<Schemas["BroadcastEstimateView"] | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const key = useRef(crypto.randomUUID()); // the same for every try: a second click sends nothing twice
  const set = (change: Partial<Draft>) => {
    setError(null);
    key.current = crypto.randomUUID();
    keep((before) => ({ draft: { ...draft, ...restored(before?.draft ?? draft), ...change }, step, at: new Date().toISOString() }));
  };
  const to = (wanted: number) => {
    setError(null);
    keep({ draft, step: wanted, at: new Date().toISOString() });
  };
  const guarded = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const lack = lacks(draft, step);
  const look = () => guarded(async () => setEstimate(await done(api.POST("/v1/broadcasts/estimate", { body: bodyOf(draft) }))));
  const forward = async () => {
    if (STEPS[step + 1] === "look") {
      setEstimate(null);
      to(step + 1);
    } else to(step + 1);
  };
  const start = () =>
    guarded(async () => {
      const made = await done(api.POST("/v1/broadcasts", { body: bodyOf(draft, estimate?.estimate), params: { header: { "Idempotency-Key": key.current } } }));
      forget();
      go(`/campaigns/${made.id}`);
    });
  const again = () => {
    forget();
    setEstimate(null);
  };
  const part = { draft, set };
  // On a phone only the circles are shown, and the name of the step that is open.
  const named = [t("To whom"), t("What"), t("Links"), t("When"), t("Look and send")].map((label) => ({ label }));
  return (
    <Page title={t("New campaign")} actions={<Button component={Link} href="/campaigns" variant="default">{t("All campaigns")}</Button>}>
      {found && kept && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">{t("This draft is from {{when}}; it is kept in this browser.", { when: words.when(found.at) })}</Text>
          <Button size="compact-sm" variant="default" onClick={again}>{t("Begin anew")}</Button>
        </Group>
      )}
      <Panel>
        <Text hiddenFrom="sm" fw={650} mb="sm">{named[step]?.label}</Text>
        <Stepper active={step} onStepClick={(wanted) => wanted < step && to(wanted)} size="sm" allowNextStepsSelect={false} wrap={false} contentPadding="lg" className="steps">
          <Stepper.Step {...named[0]}><Whom {...part} /></Stepper.Step>
          <Stepper.Step {...named[1]}><What {...part} /></Stepper.Step>
          <Stepper.Step {...named[2]}><Links {...part} /></Stepper.Step>
          <Stepper.Step {...named[3]}><Time {...part} /></Stepper.Step>
          <Stepper.Step {...named[4]}><Look draft={draft} estimate={estimate} ask={look} failed={error !== null} /></Stepper.Step>
        </Stepper>
        <Failure error={error} retry={STEPS[step] === "look" && !estimate ? () => void look() : undefined} />
        <Group justify="flex-end" mt="lg">
          {lack && <Lacking of={lack} />}
          {step > 0 && <Button variant="default" onClick={() => to(step - 1)}>{t("Back")}</Button>}
          {STEPS[step] !== "look" ? (
            <Button disabled={lack !== null} onClick={() => void forward()}>{t("Further")}</Button>
          ) : (
            <Button loading={busy} disabled={!estimate || estimate.messages === 0} onClick={() => void start()}>
              {draft.when === "now" && draft.delayMinutes === 0 ? t("Send now") : draft.when === "trigger" ? t("Wait for the trigger") : t("Schedule")}
            </Button>
          )}
        </Group>
      </Panel>
    </Page>
  );
}

function Lacking({ of }: { of: Lack }) {
  const { t } = useTranslation();
  const sentences: Record<Lack, string> = {
    name: t("Give it a name."), lists: t("Choose a list."), typed: t("Type at least one number."), first_size: t("Say how many come first."),
    sender: t("Choose a sender."), text: t("Write a text."), time: t("Say when."), trigger: t("Choose a trigger."),
  };
  return <Text size="sm" c="dimmed" role="status">{sentences[of]}</Text>;
}

