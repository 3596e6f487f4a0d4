/** The parts of the frame that are there before anybody has signed in. */
import { ActionIcon, Group, Menu, Text, Tooltip, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { MoonIcon, SunIcon } from "@radix-ui/react-icons";
import { useTranslation } from "react-i18next";
import { LANGUAGES, speak, type Language } from "../i18n";

export function SchemeButton() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const word = dark ? t("Light colours") : t("Dark colours");
  return (
    <Tooltip label={word}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={word} onClick={() => setColorScheme(dark ? "light" : "dark")}>
        {dark ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Tooltip>
  );
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton px="xs" py={6} fz="sm" fw={600} aria-label={`${t("Language")}: ${i18n.language.toUpperCase()}`}>{i18n.language.toUpperCase()}</UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <Menu.Item key={code} lang={code} onClick={() => void speak(code as Language)}>{name}</Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function Mark() {
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/console/mark.svg" width={28} height={28} alt="" />
      <Text fw={700} size="lg">Heliograph</Text>
    </Group>
  );
}
