/** Times, numbers and money in the viewer's language and zone. */
import { useLocalStorage } from "@mantine/hooks";
import { useTranslation } from "react-i18next";

export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Every zone that this browser knows; some leave UTC out of their list. */
export const ZONES = [...new Set(["UTC", HERE, ...Intl.supportedValuesOf("timeZone")])];

/** The zone that was chosen here; where none was, that of the machine, wherever it travels. */
export function useZone(): [string, (zone: string) => void] {
  const [chosen, choose] = useLocalStorage({ key: "heliograph.zone", defaultValue: "", getInitialValueInEffect: false });
  return [chosen || HERE, (zone) => choose(zone === HERE ? "" : zone)];
}

export interface Words {
  when: (iso: string | null | undefined) => string;
  clock: (iso: string | null | undefined) => string;
  /** A UTC day (`2026-05-01`), as an axis has room for it. */
  day: (day: string) => string;
  number: (value: number) => string;
  share: (value: number | null | undefined) => string;
  money: (amount: string | null | undefined, currency?: string) => string;
  country: (code: string | null | undefined) => string;
  /** A length of time, to two or three digits. */
  span: (milliseconds: number | null | undefined) => string;
  /** Hours and minutes. */
  minute: (iso: string) => string;
}

export function useWords(): Words {
  const { i18n } = useTranslation();
  const [zone] = useZone();
  const locale = i18n.language === "bn" ? "bn-BD" : navigator.language.startsWith("en") ? navigator.language : "en-GB";
  return {
    when: (iso) =>
      iso ? new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(new Date(iso)) : "–",
    clock: (iso) =>
      iso
        ? new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, timeZone: zone }).format(new Date(iso))
        : "–",
    day: (day) => new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(new Date(day)),
    number: (value) => new Intl.NumberFormat(locale).format(value),
    share: (value) =>
      value === null || value === undefined ? "–" : new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(value),
    money: (amount, currency) => {
      if (amount === null || amount === undefined) return "–";
      const value = Number(amount);
      const digits = Math.abs(value) >= 100 ? 2 : 4;
      if (!currency) return new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(value);
      return new Intl.NumberFormat(locale, { style: "currency", currency, minimumFractionDigits: 2, maximumFractionDigits: digits }).format(value);
    },
    span: (milliseconds) => {
      if (milliseconds === null || milliseconds === undefined) return "–";
      const steps = [[1000, 1, "millisecond"], [60_000, 1000, "second"], [3_600_000, 60_000, "minute"], [172_800_000, 3_600_000, "hour"], [Infinity, 86_400_000, "day"]] as const;
      const [, size, unit] = steps.find(([below]) => Math.round(milliseconds) < below) ?? steps[0];
      const value = milliseconds / size;
      return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: value < 10 && size > 1 ? 1 : 0 }).format(value);
    },
    minute: (iso) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(iso)),
    country: (code) => {
      if (!code) return "–";
      try {
        return new Intl.DisplayNames(locale, { type: "region" }).of(code) ?? code;
      } catch {
        return code;
      }
    },
  };
}

/** The moment (ISO, UTC) at which the clocks of `zone` show `local` (`2026-05-01T09:30`). */
export function momentIn(zone: string, local: string): string {
  const asUtc = new Date(`${local}Z`).getTime();
  let moment = asUtc;
  // Twice: the offset at the guess may differ from the offset at the answer (a change of clocks).
  for (let i = 0; i < 2; i++) moment = asUtc - offsetMs(zone, moment);
  return new Date(moment).toISOString();
}

function offsetMs(zone: string, moment: number): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }).formatToParts(new Date(moment));
  const of = (type: string) => Number(parts.find((each) => each.type === type)?.value);
  const shown = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  return shown - Math.floor(moment / 1000) * 1000;
}

/** The UTC day, `days` before today. */
export function utcDay(days = 0): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

/** A code of the API for people: its translation, or the code itself with blanks. */
export function plainly(t: (key: string) => string, code: string): string {
  const said = t(code);
  return said === code ? code.replaceAll("_", " ") : said;
}
