/** Lines that work when they are pasted: one request per dialect, in four languages. */

export interface Door {
  /** Credential's own fields as they are filled in. */
  url: string;
  headers: Record<string, string>;
  body: unknown;
  /** smsAPI takes its fields in the query. */
  query?: Record<string, string>;
}

export const DIALECTS = ["native", "mimsms", "smsapi", "imiconnect", "mitto", "messagewhiz", "smpp"] as const;
export type Dialect = (typeof DIALECTS)[number];
export const LANGUAGES = ["curl", "Python", "PHP", "Node"] as const;
export type Language = (typeof LANGUAGES)[number];

const TO = "8801712345678";

/** The request that sends one message; null where the dialect is no HTTP, or not known here. */
export function door(dialect: string, host: string, name: string, secret: string, from: string): Door | null {
  const text = `Hello from ${dialect === "native" ? "Heliograph" : dialect}`;
  switch (dialect) {
    case "native":
      return { url: `${host}/v1/messages`, headers: { Authorization: `Bearer ${secret}` }, body: { from, to: `+${TO}`, text } };
    case "mimsms":
      return {
        url: `${host}/api/SmsSending/SMS`, headers: {},
        body: { UserName: name, Apikey: secret, MobileNumber: TO, CampaignId: "null", SenderName: from, TransactionType: "T", Message: text },
      };
    case "smsapi":
      return { url: `${host}/smsAPI?sendsms`, headers: {}, body: null, query: { apikey: name, apitoken: secret, from, type: "sms", to: TO, text } };
    case "imiconnect":
      return {
        url: `${host}/resources/v1/messaging`, headers: { key: secret },
        body: { deliverychannel: "sms", channels: { sms: { text, senderid: from } }, destination: [{ msisdn: [TO] }] },
      };
    case "mitto":
      return { url: `${host}/sms`, headers: { "X-Mitto-API-Key": secret }, body: { from, to: TO, text } };
    case "messagewhiz":
      return { url: `${host}/api/broadcasts/tiny/single`, headers: { apikey: secret }, body: { recipient: TO, sender: from, message_body: text } };
    default:
      return null;
  }
}

function full(of: Door): string {
  return of.query ? `${of.url}&${new URLSearchParams(of.query).toString()}` : of.url;
}

function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function phpString(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function curl(of: Door): string {
  const head = Object.entries(of.headers).map(([name, value]) => ` \\\n  -H ${shell(`${name}: ${value}`)}`).join("");
  if (of.body === null) return `curl -s ${shell(full(of))}${head}`;
  return `curl -s ${shell(of.url)}${head} \\\n  -H 'Content-Type: application/json' \\\n  -d ${shell(JSON.stringify(of.body))}`;
}

function python(of: Door): string {
  const headers = { ...of.headers, ...(of.body === null ? {} : { "Content-Type": "application/json" }) };
  const data = of.body === null ? "" : `    data=json.dumps(json.loads(r'''${JSON.stringify(of.body)}''')).encode(),\n`;
  return `import json, urllib.request

request = urllib.request.Request(
    ${JSON.stringify(full(of))},
${data}    headers=${JSON.stringify(headers)},
)
with urllib.request.urlopen(request) as reply:
    print(reply.status, reply.read().decode())`;
}

function php(of: Door): string {
  const headers = Object.entries({ ...of.headers, ...(of.body === null ? {} : { "Content-Type": "application/json" }) });
  const lines = headers.map(([name, value]) => phpString(`${name}: ${value}`)).join(", ");
  const post = of.body === null ? "" : `curl_setopt($call, CURLOPT_POSTFIELDS, ${phpString(JSON.stringify(of.body))});\n`;
  return `<?php
$call = curl_init(${phpString(full(of))});
curl_setopt($call, CURLOPT_RETURNTRANSFER, true);
curl_setopt($call, CURLOPT_HTTPHEADER, [${lines}]);
${post}echo curl_exec($call), "\\n";`;
}

function node(of: Door): string {
  const headers = { ...of.headers, ...(of.body === null ? {} : { "Content-Type": "application/json" }) };
  const rest = of.body === null ? "" : `  method: "POST",\n  body: JSON.stringify(${JSON.stringify(of.body)}),\n`;
  return `const reply = await fetch(${JSON.stringify(full(of))}, {
${rest}  headers: ${JSON.stringify(headers)},
});
console.log(reply.status, await reply.text());`;
}

const WRITERS: Record<Language, (of: Door) => string> = { curl, Python: python, PHP: php, Node: node };

export function snippet(language: Language, of: Door): string {
  return WRITERS[language](of);
}
