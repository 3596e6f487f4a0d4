/** A phone on the page with one message on its screen. */
import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

export function Handset({ from, text, foot }: { from: string; text: string; foot?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div>
      <div className="handset" role="group" aria-label={t("What the handset shows")}>
        <Text className="handset-from" size="sm" fw={600} ta="center" truncate>{from || t("Sender")}</Text>
        <div className="handset-screen">
          {text ? <div className="bubble bubble-in">{text}</div> : <Text size="sm" c="dimmed" ta="center" mt="lg">{t("Begin to write, and it appears here.")}</Text>}
        </div>
      </div>
      {foot && <div style={{ maxWidth: 300, margin: "8px auto 0" }}>{foot}</div>}
    </div>
  );
}
