/** What the columns of a file are, and what is wrong with taking them for it. */
import { FIELDS } from "./tokens";

export const COLUMNS = ["to", ...FIELDS] as const;

export interface Previewed {
  rows: string[][];
  header: boolean;
  all_numbers: boolean[];
  exceeds_50: boolean[];
  exceeds_255: boolean[];
  exceeds_5000: boolean[];
}

const HEADINGS: Record<string, string> = {
  number: "to", phone: "to", phonenumber: "to", phoneno: "to", msisdn: "to", mobile: "to", mobilenumber: "to", cell: "to", tel: "to", telephone: "to", recipient: "to", to: "to",
  name: "first_name", firstname: "first_name", givenname: "first_name", surname: "last_name", lastname: "last_name", familyname: "last_name",
  mail: "email", emailaddress: "email", website: "url", sex: "gender",
};

/** By the heading where there is one; otherwise the first column that has only numbers. "" leaves out. */
export function guess(preview: Previewed): string[] {
  const found = (preview.rows[0] ?? []).map((cell) => {
    if (!preview.header) return "";
    const plain = cell.trim().toLowerCase().replaceAll(/[\s-]+/g, "_");
    return HEADINGS[plain.replaceAll("_", "")] ?? ((COLUMNS as readonly string[]).includes(plain) ? plain : "");
  });
  const once = found.map((each, i) => (found.indexOf(each) === i ? each : ""));
  const numbers = preview.all_numbers.indexOf(true);
  if (!once.includes("to") && numbers >= 0) once[numbers] = "to";
  return once;
}

/** Characters that a field may have. */
export function longest(field: string): number {
  if (field === "first_name" || field === "last_name") return 50;
  return field === "email" || field === "url" ? 255 : 5000;
}

export type Trouble = "not_numbers" | "too_long" | null;

/** What is wrong with taking a column of the file for this field. */
export function troubleOf(preview: Previewed, column: number, field: string): Trouble {
  if (field === "to") return preview.all_numbers[column] ? null : "not_numbers";
  if (field === "") return null;
  const beyond = { 50: preview.exceeds_50, 255: preview.exceeds_255, 5000: preview.exceeds_5000 }[longest(field)];
  return beyond?.[column] ? "too_long" : null;
}

export interface Typed {
  to: string;
  fields: Record<string, string>;
}

/** Recipients that were typed or pasted: a number on each line; behind it, by comma, semicolon or tab, a first and a last name. */
export function typedRecipients(text: string): Typed[] {
  const seen = new Set<string>();
  const found: Typed[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [number = "", ...rest] = line.split(/[,;\t]/).map((each) => each.trim());
    const onlyNumbers = rest.length > 0 && rest.every((each) => /^\+?[\d\s().-]{4,}$/.test(each) || each === "");
    for (const [to, names] of onlyNumbers ? [number, ...rest].map((each) => [each, []] as const) : [[number, rest] as const]) {
      const plain = to.replace(/[\s().-]/g, "");
      if (!plain || seen.has(plain)) continue;
      seen.add(plain);
      const [first_name = "", last_name = ""] = names;
      found.push({ to: plain, fields: { ...(first_name ? { first_name } : {}), ...(last_name ? { last_name } : {}) } });
    }
  }
  return found;
}
