/** Days of a chart: the server leaves out those that have nothing, a chart must not. */

/** Every UTC day from `since` to `until` (`2026-05-01`), those that are missing with nothing. */
export function everyDay<T extends { day: string }>(days: readonly T[], since: string, until: string, nothing: Omit<T, "day">): T[] {
  const known = new Map(days.map((each) => [each.day, each]));
  const all: T[] = [];
  for (let at = Date.parse(`${since}T00:00:00Z`); at <= Date.parse(`${until}T00:00:00Z`); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    all.push(known.get(day) ?? ({ ...nothing, day } as T));
  }
  return all;
}
