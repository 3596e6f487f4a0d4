// Every English sentence of the sources has its translation, and no translation is left over.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const sources = readdirSync("src", { recursive: true }).filter((name) => /\.tsx?$/.test(name) && !/(schema\.d|\.test)\.ts$/.test(name));
const used = new Set();
let whole = "";
for (const name of sources) {
  const text = readFileSync(join("src", name), "utf8");
  whole += text;
  for (const [, quoted] of text.matchAll(/\bt\(\s*("(?:[^"\\]|\\.)*")/g)) used.add(JSON.parse(quoted));
}
const places = readFileSync("src/shell/places.ts", "utf8");
for (const [, quoted] of places.matchAll(/name: ("[^"]*")/g)) used.add(JSON.parse(quoted));
const advice = readFileSync("src/parts/page.tsx", "utf8").match(/ADVICE[^{]*\{([^}]*)\}/)?.[1] ?? "";
for (const [, quoted] of advice.matchAll(/: ("[^"]*")/g)) used.add(JSON.parse(quoted));

const known = JSON.parse(readFileSync("src/locales/bn.json", "utf8"));
const missing = [...used].filter((each) => !(each in known));
// Words of the API (states, roles …) are looked up by their value and stand in the file as well.
const left = Object.keys(known).filter((each) => !used.has(each) && !/^[a-z_ ]+$/.test(each) && !whole.includes(JSON.stringify(each)));
for (const each of missing) console.error(`bn.json lacks: ${JSON.stringify(each)}`);
for (const each of left) console.error(`bn.json has what nobody says: ${JSON.stringify(each)}`);
process.exit(missing.length + left.length > 0 ? 1 : 0);
