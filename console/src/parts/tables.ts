/** Tables as files: written for spreadsheets, read from them. */

/** A cell of CSV; what a spreadsheet would take for a formula is made text. */
export function cell(value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A line of CSV for a program: quoted, otherwise as it is. */
export function csvLine(values: readonly string[]): string {
  return values.map((each) => (/[",\n\r;\t]/.test(each) ? `"${each.replaceAll('"', '""')}"` : each)).join(",");
}

export function saveTable<T extends object>(name: string, columns: readonly (keyof T & string)[], rows: T[]): void {
  const lines = [columns.join(","), ...rows.map((row) => columns.map((each) => cell(row[each])).join(","))];
  saveFile(name, new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
}

export function saveFile(name: string, blob: Blob): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(blob);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}

/** RFC 4180, with comma, semicolon or tab, whichever the first line has most of. */
export function readTable(text: string, most = Infinity): string[][] {
  const clean = text.replace(/^\ufeff/, "");
  const first = clean.slice(0, clean.search(/[\r\n]|$/));
  const by = [",", ";", "\t"].reduce((best, each) => (first.split(each).length > first.split(best).length ? each : best), ",");
  const rows: string[][] = [];
  let row: string[] = [];
  let field = "";
  let quoted = false;
  for (let i = 0; i < clean.length && rows.length < most; i++) {
    const here = clean[i]!;
    if (quoted) {
      if (here !== '"') field += here;
      else if (clean[i + 1] === '"') field += clean[++i]!;
      else quoted = false;
    } else if (here === '"') quoted = true;
    else if (here === by) {
      row.push(field);
      field = "";
    } else if (here === "\n") {
      rows.push([...row, field.replace(/\r$/, "")]);
      row = [];
      field = "";
    } else field += here;
  }
  if (field || row.length) rows.push([...row, field.replace(/\r$/, "")]);
  return rows.slice(0, most).filter((each) => each.some((value) => value.trim()));
}
