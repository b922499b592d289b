import { useMemo } from "react";

import { usePreferences, type Language } from "../app/preferences";

/** Numbers and dates as the reader writes them. */
export interface Format {
  count(value: number | bigint): string;
  /** With at most two decimals. */
  decimal(value: number): string;
  /** Of a score of 0 to 1. */
  score(value: number): string;
  /** With a sign, for scores of -1 to 1. */
  signed(value: number): string;
  /** Of a share of 0 to 1. */
  percent(value: number): string;
  date(value: Date): string;
  time(value: Date): string;
  month(value: Date): string;
}

// A browser set to Austrian German or British English keeps its own way of writing numbers.
function localeFor(language: Language): string {
  return navigator.languages.find((locale) => locale.startsWith(language)) ?? { de: "de-DE", en: "en-GB" }[language];
}

function formatFor(language: Language): Format {
  const locale = localeFor(language);
  const count = new Intl.NumberFormat(locale);
  const decimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const score = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const signed = new Intl.NumberFormat(locale, {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
    signDisplay: "exceptZero",
  });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
  const month = new Intl.DateTimeFormat(locale, { month: "short", year: "2-digit" });
  return {
    count: (value) => count.format(value),
    decimal: (value) => decimal.format(value),
    score: (value) => score.format(value),
    signed: (value) => signed.format(value),
    percent: (value) => percent.format(value),
    date: (value) => date.format(value),
    time: (value) => time.format(value),
    month: (value) => month.format(value),
  };
}

export function useFormat(): Format {
  const { language } = usePreferences();
  return useMemo(() => formatFor(language), [language]);
}
