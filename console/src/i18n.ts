/** English is the key (en.json has what cannot be shown as it is written); other languages are files in `locales`, loaded when they are chosen. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import english from "./locales/en.json";

export const LANGUAGES = { en: "English", bn: "বাংলা" } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT = "heliograph.language";

export async function startLanguage(): Promise<void> {
  const kept = localStorage.getItem(KEPT);
  const wanted = kept ?? navigator.language.slice(0, 2);
  const language: Language = wanted in LANGUAGES ? (wanted as Language) : "en";
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: english } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    returnEmptyString: false,
  });
  await speak(language, false);
}

export async function speak(language: Language, keep = true): Promise<void> {
  if (language === "bn" && !i18next.hasResourceBundle("bn", "translation")) {
    const words = await import("./locales/bn.json");
    i18next.addResourceBundle("bn", "translation", words.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (keep) localStorage.setItem(KEPT, language);
}
