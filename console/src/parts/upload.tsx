/** A file from the viewer's machine: chosen or dropped. */
import { Button, Paper, Stack, Text } from "@mantine/core";
import { UploadIcon } from "@radix-ui/react-icons";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";

export function Upload({ take, accept, hint, label }: { take: (file: File) => void; accept: string; hint: string; label: string }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const taken = (files: FileList | null) => {
    if (files?.[0]) take(files[0]);
    if (input.current) input.current.value = "";
  };
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
        <Text size="xs" c="dimmed" ta="center">{hint}</Text>
      </Stack>
    </Paper>
  );
}
