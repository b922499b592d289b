import { usePreferences, type Language } from "../app/preferences";

/** Numbers and dates as the reader writes them. */
export interface Format {
  count(value: number | bigint): string;
  /** With at most two decimals. */
  decimal(value: number): string;
  /** With one decimal. */
  tenth(value: number): string;
  /** Of a score of 0 to 1. */
  score(value: number): string;
  /** With a sign, for scores of -1 to 1. */
  signed(value: number): string;
  /** With a sign and without decimals, for figures of -100 to 100. */
  points(value: number): string;
  /** Of a share of 0 to 1. */
  percent(value: number): string;
  /** Of a probability: "0.012" or "< 0.001". */
  chance(value: number): string;
  date(value: Date): string;
  /** Of a midnight in UTC. */
  utcDate(value: Date): string;
  time(value: Date): string;
  month(value: Date): string;
  /** At a time axis: a month, or a day where days are told apart. */
  tick(value: Date): string;
}

// A browser set to Austrian German or British English keeps its own way of writing numbers.
function localeFor(language: Language): string {
  return navigator.languages.find((locale) => locale.startsWith(language)) ?? { de: "de-DE", en: "en-GB" }[language];
}

// Made once: to make them takes longer than to draw what they are used in.
const FORMATS = new Map<Language, Format>();

function formatFor(language: Language): Format {
  const known = FORMATS.get(language) ?? newFormat(localeFor(language));
  FORMATS.set(language, known);
  return known;
}

function newFormat(locale: string): Format {
  // A hyphen is too short beside figures.
  const withMinus = (text: string) => text.replace("-", "−");
  const count = new Intl.NumberFormat(locale);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const score = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const signed = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  });
  const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const thousandth = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const utcDate = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const month = new Intl.DateTimeFormat(locale, { month: "short", year: "2-digit" });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
  const utcMonth = new Intl.DateTimeFormat(locale, { month: "short", year: "2-digit", timeZone: "UTC" });
  return {
    count: (value) => count.format(value),
    decimal: (value) => withMinus(decimal.format(value)),
    tenth: (value) => withMinus(tenth.format(value)),
    score: (value) => score.format(value),
    signed: (value) => withMinus(signed.format(value)),
    points: (value) => withMinus(points.format(value)),
    percent: (value) => percent.format(value),
    chance: (value) => (value < 0.001 ? `< ${thousandth.format(0.001)}` : thousandth.format(value)),
    date: (value) => date.format(value),
    utcDate: (value) => utcDate.format(value),
    time: (value) => time.format(value),
    month: (value) => month.format(value),
    tick: (value) => (value.getUTCDate() === 1 ? utcMonth : day).format(value),
  };
}

export function useFormat(): Format {
  return formatFor(usePreferences().language);
}
