/** Countries by their names in the viewer's language. */
import { Select, type SelectProps } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** What the tables behind `Intl` name beside countries: groups of them, and what is reserved for tests. */
const NONE = new Set(["EU", "EZ", "UN", "XA", "XB", "XK", "ZZ", "QO"]);

/** ISO 3166-1 alpha-2 codes with their names, by name. */
export function countriesIn(locale: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames([locale, "en"], { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const found = letters.flatMap((a) =>
    letters.flatMap((b) => {
      const name = NONE.has(a + b) || new Intl.Locale(`und-${a}${b}`).region !== a + b ? undefined : names.of(a + b);
      return name ? [{ value: a + b, label: name }] : [];
    }),
  );
  const compare = new Intl.Collator(locale).compare;
  return found.sort((one, other) => compare(one.label, other.label));
}

export function useCountries(): { value: string; label: string }[] {
  const { i18n } = useTranslation();
  return useMemo(() => countriesIn(i18n.language === "bn" ? "bn" : "en"), [i18n.language]);
}

export function CountrySelect(props: Omit<SelectProps, "data">) {
  const { t } = useTranslation();
  const countries = useCountries();
  return <Select searchable clearable limit={300} clearButtonProps={{ "aria-label": t("Clear") }} nothingFoundMessage={t("Nothing fits")} {...props} data={countries} />;
}
