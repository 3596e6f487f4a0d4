/** A file from the viewer's machine: chosen or dropped. */
import { Button, Paper, Stack, Text } from "@mantine/core";
import { UploadIcon } from "@radix-ui/react-icons";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useWhyNot } from "./may";

export function Upload({ take, accept, hint, label, needs }: { take: (file: File) => void; accept: string; hint: string; label: string; needs?: string }) {
  const { t } = useTranslation();
  const whyNot = useWhyNot();
  const why = needs === undefined ? null : whyNot(needs);
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const taken = (files: FileList | null) => {
    if (files?.[0]) take(files[0]);
    if (input.current) input.current.value = "";
  };
  if (why !== null) return <Text size="sm" c="dimmed">{why}</Text>;
  return (
    <Paper
      p="lg"
      style={{ borderStyle: "dashed", borderColor: over ? "var(--mantine-color-signal-5)" : undefined }}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => { event.preventDefault(); setOver(false); taken(event.dataTransfer.files); }}
    >
      <Stack align="center" gap="xs">
        <Text size="sm">{t("Drop a file here, or")}</Text>
        <Button variant="default" leftSection={<UploadIcon />} onClick={() => input.current?.click()}>{label}</Button>
        <input ref={input} type="file" accept={accept} hidden aria-label={label} onChange={(event) => taken(event.currentTarget.files)} />
        <Text size="xs" c="dimmed" ta="center" style={{ textWrap: "balance" }}>{hint}</Text>
      </Stack>
    </Paper>
  );
}
