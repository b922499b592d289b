import type { Language } from "../app/preferences";
import { JourneyFigure } from "../gen/klartext/v1/journey_pb";
import type { Verdict } from "./change";
import type { Figure } from "./figure";

export interface TrendsWords {
  title: string;
  figure: string;
  figures: Record<Figure, string>;
  by: string;
  period: string;
  whole: string;
  chart(figure: string, name: string): string;
  band: string;
  weak: string;
  point(date: string, value: string, low: string, high: string, count: string): string;
  changes: string;
  changesText: string;
  allMentions: string;
  looking: string;
  unfitTime: string;
  nothingTested: string;
  noChange: string;
  found(count: string, isOne: boolean): string;
  tested(series: string, weeks: string): string;
  falseAlarms: string;
  significances(quietTimes: string): string;
  number: string;
  where: string;
  begun: string;
  before: string;
  after: string;
  beyondRest: string;
  rest(before: string, after: string): string;
  restMoved: string;
  verdicts: Record<Verdict, string>;
  changedFigures: Record<JourneyFigure, string>;
  percentagePoints(points: string): string;
  since(date: string): string;
  marks: string;
  versionChanged(from: string, to: string): string;
  sameVersion(version: string): string;
  measureBegun(title: string): string;
  risen(by: string): string;
  fallen(by: string): string;
  steady: string;
  untested: string;
  toComments: string;
  each(dimension: string): string;
}

const de: TrendsWords = {
  title: "Verläufe",
  figure: "Zahl",
  figures: {
    net_sentiment: "Netto-Stimmung",
    nps: "NPS",
    csat: "CSAT",
    mentions: "Zahl der Aussagen",
    waiting: "Anteil mit Warten",
    repeated_contact: "Anteil mit wiederholtem Kontakt",
    uncertainty: "Anteil mit Ungewissheit",
    dead_end: "Anteil mit Sackgasse",
  },
  by: "Geteilt nach",
  period: "Ein Punkt je",
  whole: "Alles zusammen",
  chart: (figure, name) => `${figure}: ${name}`,
  band: "Linie mit 95-%-Band. Ein leerer Punkt ruht auf weniger als 30 Antworten oder auf einem Teil seines Zeitraums.",
  weak: "wenige Antworten",
  point: (date, value, low, high, count) => `Ab ${date}: ${value} (${low} bis ${high}, aus ${count})`,
  changes: "Was sich geändert hat",
  changesText:
    "Gesucht wird in allen Zahlen jedes Kontaktpunkts (genannt oder gefragt), Zuständigen, Kanals, Themas, jeder Reibung und Übergabe nach einer Woche, seit der sie anders sind als davor, über Zufall und Jahreszeit hinaus. Die Nummern stehen in der Grafik beim Beginn.",
  allMentions: "Bedingungen an einzelne Aussagen, wie die Zuständigkeit, gelten dabei nicht.",
  looking: "Alle Zahlen werden Woche für Woche durchgesehen. Das kann eine Minute dauern; die Grafiken sind solange schon zu gebrauchen.",
  unfitTime: "Änderungen zeigen sich in 12 bis 120 ganzen Wochen. Wählen Sie eine solche Zeit.",
  nothingTested: "Zu wenige Antworten, um irgendeine Zahl zu beurteilen: Es braucht mindestens 30 vor und 30 nach einer Änderung, über die ganze Zeit verteilt.",
  noChange: "Nichts hat sich über Zufall hinaus geändert.",
  found: (count, isOne) => (isOne ? "1 Änderung." : `${count} Änderungen.`),
  tested: (series, weeks) => `Durchgesehen: ${series} Reihen von ${weeks} Wochen.`,
  falseAlarms: "Fehlalarm höchstens",
  significances: (quietTimes) => `in 1 von ${quietTimes} ruhigen Zeiten`,
  number: "Nr.",
  where: "Wo",
  begun: "Seit",
  before: "Davor",
  after: "Danach",
  beyondRest: "Mehr als der Rest",
  rest: (before, after) => `Rest: ${before} → ${after}`,
  restMoved: "auch er hat sich bewegt",
  verdicts: { better: "besser", worse: "schlechter", more: "mehr", fewer: "weniger" },
  changedFigures: {
    [JourneyFigure.UNSPECIFIED]: "?",
    [JourneyFigure.VOLUME]: "Anteil der Kommentare",
    [JourneyFigure.NET_SENTIMENT]: "Netto-Stimmung",
    [JourneyFigure.NEGATIVE_SHARE]: "Anteil negativer Aussagen",
    [JourneyFigure.NPS]: "NPS",
    [JourneyFigure.CSAT]: "CSAT",
    [JourneyFigure.WAITING]: "Anteil mit Warten",
    [JourneyFigure.REPEATED_CONTACT]: "Anteil mit wiederholtem Kontakt",
    [JourneyFigure.UNCERTAINTY]: "Anteil mit Ungewissheit",
    [JourneyFigure.DEAD_END]: "Anteil mit Sackgasse",
  },
  percentagePoints: (points) => `${points} PP`,
  since: (date) => `seit ${date}`,
  marks: "Was es erklären kann",
  versionChanged: (from, to) => `Gelesen von ${to}, davor von ${from}`,
  measureBegun: (title) => `Maßnahme: ${title}`,
  sameVersion: (version) => `Alles ist von ${version} gelesen: die Linien sind über die ganze Zeit vergleichbar.`,
  risen: (by) => `${by} gegenüber dem Zeitraum davor`,
  fallen: (by) => `${by} gegenüber dem Zeitraum davor`,
  steady: "zuletzt nicht mehr als Zufall",
  untested: "nicht geprüft",
  toComments: "Kommentare",
  each: (dimension) => `Nach ${dimension}`,
};

const en: TrendsWords = {
  title: "Trends",
  figure: "Figure",
  figures: {
    net_sentiment: "Net sentiment",
    nps: "NPS",
    csat: "CSAT",
    mentions: "Number of mentions",
    waiting: "Share with waiting",
    repeated_contact: "Share with repeated contact",
    uncertainty: "Share with uncertainty",
    dead_end: "Share with a dead end",
  },
  by: "Divided by",
  period: "A point for each",
  whole: "All together",
  chart: (figure, name) => `${figure}: ${name}`,
  band: "Line with its 95 % band. A hollow point rests on fewer than 30 answers, or on a part of its period.",
  weak: "few answers",
  point: (date, value, low, high, count) => `From ${date}: ${value} (${low} to ${high}, of ${count})`,
  changes: "What has changed",
  changesText:
    "Every figure of every touchpoint (spoken of, or asked about), owner, channel, topic, friction and handover is looked through for a week since which it is another than before, beyond chance and the season. The numbers stand on the chart where it begins.",
  allMentions: "Conditions on single mentions, such as the owner, do not count here.",
  looking: "Looking through all figures week by week. This can take a minute; the charts can be used meanwhile.",
  unfitTime: "Changes show in 12 to 120 whole weeks. Choose such a time.",
  nothingTested: "Too few answers to judge any figure: it takes at least 30 before and 30 after a change, all over the time.",
  noChange: "Nothing has changed beyond chance.",
  found: (count, isOne) => (isOne ? "1 change." : `${count} changes.`),
  tested: (series, weeks) => `Looked through: ${series} series of ${weeks} weeks.`,
  falseAlarms: "False alarm at most",
  significances: (quietTimes) => `in 1 of ${quietTimes} quiet times`,
  number: "No.",
  where: "Where",
  begun: "Since",
  before: "Before",
  after: "After",
  beyondRest: "Beyond the rest",
  rest: (before, after) => `rest: ${before} → ${after}`,
  restMoved: "it has moved too",
  verdicts: { better: "better", worse: "worse", more: "more", fewer: "fewer" },
  changedFigures: {
    [JourneyFigure.UNSPECIFIED]: "?",
    [JourneyFigure.VOLUME]: "Share of comments",
    [JourneyFigure.NET_SENTIMENT]: "Net sentiment",
    [JourneyFigure.NEGATIVE_SHARE]: "Share of negative mentions",
    [JourneyFigure.NPS]: "NPS",
    [JourneyFigure.CSAT]: "CSAT",
    [JourneyFigure.WAITING]: "Share with waiting",
    [JourneyFigure.REPEATED_CONTACT]: "Share with repeated contact",
    [JourneyFigure.UNCERTAINTY]: "Share with uncertainty",
    [JourneyFigure.DEAD_END]: "Share with a dead end",
  },
  percentagePoints: (points) => `${points} pp`,
  since: (date) => `since ${date}`,
  marks: "What may explain it",
  versionChanged: (from, to) => `Labels by ${to}, before by ${from}`,
  measureBegun: (title) => `Measure: ${title}`,
  sameVersion: (version) => `All labels are by ${version}: the lines can be compared over the whole time.`,
  risen: (by) => `${by} against the period before`,
  fallen: (by) => `${by} against the period before`,
  steady: "lately no more than chance",
  untested: "not tested",
  toComments: "Comments",
  each: (dimension) => `By ${dimension.toLowerCase()}`,
};

export const trendsWords: Record<Language, TrendsWords> = { de, en };
