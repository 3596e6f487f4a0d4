/** Tokens of texts: which there are, where one is put, and what a text looks like to one recipient. */

export const FIELDS = ["first_name", "last_name", "email", "url", "gender", "custom", "custom1", "custom2", "custom3", "custom4"] as const;
export type Field = (typeof FIELDS)[number];

/** Names of tokens that name a thing (`{{link:5}}`), and the prefix of its id. */
const THINGS: Record<string, string> = { link: "lnk", link_list: "lkl", word_spinner: "spn", callback_link: "lnk" };
const PLAIN = new Set<string>([...FIELDS, "shorten_url", "unsubscription_link", "callback", "random_symbol", "verification_code"]);

export interface Used {
  /** As it stands in the text. */
  token: string;
  name: string;
  /** Of the thing that it names, such as `lnk_5`. */
  id: string | null;
  known: boolean;
}

/** `{{link:5}}` for `lnk_5`. */
export function thingToken(name: string, id: string): string {
  return `{{${name}:${id.slice(id.indexOf("_") + 1)}}}`;
}

/** Everything in double braces, in its order. */
export function tokensIn(text: string): Used[] {
  return [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map(([token, inner]) => {
    const word = (inner ?? "").trim();
    if (PLAIN.has(word)) return { token, name: word, id: null, known: true };
    const [, name, number] = /^([a-z_]+?)[:_](\d+)$/.exec(word) ?? [];
    const prefix = name === undefined ? undefined : THINGS[name];
    if (prefix && number) return { token, name: name!, id: `${prefix}_${number}`, known: true };
    return { token, name: word, id: null, known: false };
  });
}

export interface Put {
  text: string;
  /** Where the cursor stands afterwards. */
  cursor: number;
}

/** The text with the token in the place of what is selected; blanks around it only between letters. */
export function putToken(text: string, from: number, to: number, token: string): Put {
  const before = text.slice(0, from);
  const after = text.slice(to);
  const left = /[\p{L}\p{N}]$/u.test(before) ? " " : "";
  const right = /^[\p{L}\p{N}]/u.test(after) ? " " : "";
  return { text: before + left + token + right + after, cursor: (before + left + token).length };
}

/** Fields that a recipient may have: of every list, those that any has; all where none says. */
export function fieldsOf(lists: readonly { columns?: readonly string[] }[]): Field[] {
  const named = new Set(lists.flatMap((each) => each.columns ?? []));
  return FIELDS.filter((each) => named.has(each));
}

/** Fields that the text asks for and none of the lists has: they would be blank for everybody. */
export function blankFields(text: string, known: readonly string[]): Field[] {
  const asked = new Set(tokensIn(text).map((each) => (each.name === "shorten_url" ? "url" : each.name)));
  return FIELDS.filter((each) => asked.has(each) && !known.includes(each));
}

/** What a recipient is likely to see, until the server has said it: `say` gives the word for a token. */
export function sampleOf(text: string, say: (used: Used) => string | undefined): string {
  const used = tokensIn(text);
  let place = 0;
  return text.replace(/\{\{[^{}]*\}\}/g, (token) => say(used[place++]!) ?? token);
}

