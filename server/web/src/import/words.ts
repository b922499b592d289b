import type { Language } from "../app/preferences";
import type { Field } from "./fields";

export interface ImportWords {
  title: string;
  intro: string;
  drop: string;
  choose: string;
  another: string;
  rows(count: string, one: boolean): string;
  unreadable(name: string): string;
  mapping: string;
  mappingHint: string;
  field: string;
  column: string;
  example: string;
  noColumn: string;
  everyRow: string;
  attribute: string;
  attributeHint: string;
  fields: Record<Field, string>;
  needsText: string;
  needsSource: string;
  start(count: string, one: boolean): string;
  progress: string;
  done(count: string, total: string): string;
  cancel: string;
  cancelled: string;
  finished: string;
  waiting: string;
  outcomes: { created: string; replaced: string; unchanged: string; rejected: string };
  show: string;
  rejected: string;
  line: string;
  reason: string;
  download: string;
  problems: {
    columns: string;
    number(field: string, text: string): string;
    time(text: string): string;
    value(field: string, text: string): string;
  };
}

const de: ImportWords = {
  title: "Einlesen",
  intro: "Eine CSV-Datei, zum Beispiel aus Excel. Jede Zeile wird ein Kommentar; schon bekannte werden nicht doppelt gespeichert.",
  drop: "CSV-Datei hierher ziehen",
  choose: "Datei wählen",
  another: "Andere Datei",
  rows: (count, one) => `${count} ${one ? "Zeile" : "Zeilen"}`,
  unreadable: (name) => `${name} ließ sich nicht als CSV mit Spaltennamen lesen.`,
  mapping: "Welche Spalte ist was?",
  mappingHint: "Vorgeschlagen nach den Spaltennamen. Nur der Text und eine Quelle sind nötig.",
  field: "Angabe",
  column: "Spalte",
  example: "Erste Zeile",
  noColumn: "keine",
  everyRow: "Für jede Zeile",
  attribute: "Weitere Umstände",
  attributeHint: "Diese Spalten werden mit ihrem Namen aufgehoben.",
  fields: {
    text: "Text",
    source: "Quelle",
    externalId: "Kennung",
    time: "Zeit",
    channel: "Kanal",
    nps: "NPS (0–10)",
    csat: "CSAT (1–5)",
    stars: "Sterne (1–5)",
    question: "Frage",
    touchpoint: "Kontaktpunkt",
    journey: "Kundenreise",
    language: "Sprache",
    surveyKind: "Befragung",
    subject: "Person",
  },
  needsText: "Wählen Sie die Spalte mit dem Text.",
  needsSource: "Nennen Sie eine Quelle, für jede Zeile oder als Spalte.",
  start: (count, one) => `${count} ${one ? "Zeile" : "Zeilen"} einlesen`,
  progress: "Fortschritt",
  done: (count, total) => `${count} von ${total} Zeilen`,
  cancel: "Anhalten",
  cancelled: "Angehalten. Was gespeichert ist, bleibt; noch einmal einlesen speichert nichts doppelt.",
  finished: "Fertig.",
  waiting: "Der Dienst ist ausgelastet, es geht gleich weiter …",
  outcomes: { created: "neu", replaced: "ersetzt", unchanged: "schon bekannt", rejected: "abgewiesen" },
  show: "Kommentare zeigen",
  rejected: "Abgewiesene Zeilen",
  line: "Zeile",
  reason: "Grund",
  download: "Als CSV speichern",
  problems: {
    columns: "hat mehr Werte, als es Spalten gibt",
    number: (field, text) => `${field}: „${text}“ ist keine Zahl`,
    time: (text) => `Zeit: „${text}“ ist kein Datum (z. B. 31.01.2026 oder 2026-01-31T14:05:00Z)`,
    value: (field, text) => `${field}: „${text}“ ist nicht bekannt`,
  },
};

const en: ImportWords = {
  title: "Import",
  intro: "A CSV file, for example from Excel. Each row becomes a comment; what is known already is not stored twice.",
  drop: "Drop a CSV file here",
  choose: "Choose a file",
  another: "Another file",
  rows: (count, one) => `${count} ${one ? "row" : "rows"}`,
  unreadable: (name) => `${name} could not be read as a CSV with column names.`,
  mapping: "Which column is what?",
  mappingHint: "Suggested by the columns' names. Only the text and a source are needed.",
  field: "Field",
  column: "Column",
  example: "First row",
  noColumn: "none",
  everyRow: "For every row",
  attribute: "Further context",
  attributeHint: "These columns are kept under their names.",
  fields: {
    text: "Text",
    source: "Source",
    externalId: "Id",
    time: "Time",
    channel: "Channel",
    nps: "NPS (0–10)",
    csat: "CSAT (1–5)",
    stars: "Stars (1–5)",
    question: "Question",
    touchpoint: "Touchpoint",
    journey: "Journey",
    language: "Language",
    surveyKind: "Survey",
    subject: "Subject",
  },
  needsText: "Choose the column with the text.",
  needsSource: "Name a source, for every row or as a column.",
  start: (count, one) => `Import ${count} ${one ? "row" : "rows"}`,
  progress: "Progress",
  done: (count, total) => `${count} of ${total} rows`,
  cancel: "Stop",
  cancelled: "Stopped. What is stored stays; importing again stores nothing twice.",
  finished: "Done.",
  waiting: "The service is busy, it goes on in a moment …",
  outcomes: { created: "new", replaced: "replaced", unchanged: "known already", rejected: "rejected" },
  show: "Show the comments",
  rejected: "Rejected rows",
  line: "Row",
  reason: "Reason",
  download: "Save as CSV",
  problems: {
    columns: "has more values than there are columns",
    number: (field, text) => `${field}: “${text}” is no number`,
    time: (text) => `Time: “${text}” is no date (e.g. 31.01.2026 or 2026-01-31T14:05:00Z)`,
    value: (field, text) => `${field}: “${text}” is not known`,
  },
};

export const importWords: Record<Language, ImportWords> = { de, en };
