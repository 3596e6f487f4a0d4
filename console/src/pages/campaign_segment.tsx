/** The next piece of a campaign in segments: how many, when, and with another text if that is wished. */
import { Checkbox, Group, NumberInput, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../api/client";
import { done, Form } from "../parts/bits";
import { TokenEditor } from "../parts/token_editor";
import { momentIn, useWords, useZone, ZONES } from "../parts/words";
import { sumsOf, type Broadcast } from "./campaign_sums";

export function NextSegment({ of, opened, close }: { of: Broadcast; opened: boolean; close: () => void }) {
  const { t } = useTranslation();
  const words = useWords();
  const queries = useQueryClient();
  const [here] = useZone();
  const left = Math.max(0, of.recipients - sumsOf(of.segments).recipients);
  const before = of.segments.at(-1)?.text || of.text;
  const [all, setAll] = useState(true);
  const [size, setSize] = useState(100);
  const [other, setOther] = useState(false);
  const [text, setText] = useState(before);
  const [later, setLater] = useState(false);
  const [local, setLocal] = useState("");
  const [zone, setZone] = useState(here);
  useEffect(() => {
    if (opened) setText(before);
  }, [opened, before]);
  const save = async () => {
    const body: Schemas["SegmentBody"] = {
      ...(all ? {} : { size }),
      ...(other ? { text } : {}),
      ...(later && local ? { send_at: momentIn(zone, local) } : {}),
    } as Schemas["SegmentBody"];
    await done(api.POST("/v1/broadcasts/{id}/segments", { params: { path: { id: of.id } }, body }));
    await queries.invalidateQueries({ queryKey: ["get", "/v1/broadcasts/{id}"] });
  };
  return (
    <Form title={t("Next segment")} opened={opened} close={close} save={save} word={later ? t("Schedule") : t("Send it")} size="lg">
      <Radio.Group label={t("How many")} value={all ? "all" : "some"} onChange={(value) => setAll(value === "all")}>
        <Stack gap="xs" mt={4}>
          <Radio value="all" label={t("All that are left: {{number}}", { number: words.number(left) })} />
          <Radio value="some" label={t("Some of them")} />
        </Stack>
      </Radio.Group>
      {!all && <NumberInput label={t("Recipients")} min={1} max={left || undefined} allowDecimal={false} thousandSeparator value={size} onChange={(value) => setSize(Number(value) || 1)} w={200} required />}
      <Checkbox label={t("With another text")} checked={other} onChange={(e) => setOther(e.currentTarget.checked)} />
      {other ? <TokenEditor label={t("Text")} value={text} change={setText} /> : <Text size="sm" c="dimmed">{before}</Text>}
      <Checkbox label={t("Send later")} checked={later} onChange={(e) => setLater(e.currentTarget.checked)} />
      {later && (
        <Group grow align="flex-start">
          <TextInput type="datetime-local" label={t("When")} value={local} onChange={(e) => setLocal(e.currentTarget.value)} required />
          <Select label={t("Time zone")} data={ZONES} value={zone} onChange={(value) => value && setZone(value)} searchable allowDeselect={false} />
        </Group>
      )}
    </Form>
  );
}
