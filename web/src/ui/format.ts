/** Theory: numbers and times are said in one way everywhere. */

const integers = new Intl.NumberFormat("en");

/** `1204` as "1,204". */
export function count(value: number): string {
  return integers.format(value);
}

/** "1 label", "1,204 labels". */
export function plural(value: number, singular: string, many = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : many}`;
}

/** At most one decimal, without a trailing zero: 12, 12.5. */
export function pixels(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const steps: readonly (readonly [limitSecs: number, unit: Intl.RelativeTimeFormatUnit])[] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [30 * 86_400, "day"],
  [365 * 86_400, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];
const unitSecs: Partial<Record<Intl.RelativeTimeFormatUnit, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  month: 30 * 86_400,
  year: 365 * 86_400,
};
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "5 minutes ago"; below 45 seconds "just now". */
export function ago(isoTime: string, now: Date = new Date()): string {
  const secs = (now.getTime() - new Date(isoTime).getTime()) / 1000;
  if (Number.isNaN(secs)) {
    return "";
  }
  if (secs < 45) {
    return "just now";
  }
  const [, unit] = steps.find(([limit]) => secs < limit) ?? [0, "year" as const];
  return relative.format(-Math.round(secs / (unitSecs[unit] ?? 1)), unit);
}
