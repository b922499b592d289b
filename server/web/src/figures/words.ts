import type { Language } from "../app/preferences";
import { Period } from "../gen/klartext/v1/comment_pb";
import { JourneyDimension } from "../gen/klartext/v1/journey_pb";

export interface FiguresWords {
  filters: string;
  time: string;
  months(count: number): string;
  ownDays: string;
  allChannels: string;
  allSurveys: string;
  allOwners: string;
  allLanguages: string;
  none: string;
  noneHint: string;
  dimensions: Record<JourneyDimension, string>;
  periods: Record<Period, string>;
  mentions: string;
  comments: string;
  netSentiment: string;
  meanSentiment: string;
  nps: string;
  csat: string;
  answered: string;
  frictions: string;
  name: string;
  owner: string;
  phase: string;
  few: string;
  answers(count: string): string;
  interval(low: string, high: string): string;
  periodStart: string;
  saveCsv: string;
  saveSvg: string;
  asTable: string;
  noFigure: string;
}

const de: FiguresWords = {
  filters: "Was gezählt wird",
  time: "Zeit",
  months: (count) => `${count} Monate`,
  ownDays: "Eigene Tage",
  allChannels: "Alle Kanäle",
  allSurveys: "Alle außer Community",
  allOwners: "Alle",
  allLanguages: "Alle",
  none: "Nichts in dieser Zeit",
  noneHint: "Kein Kommentar passt zu diesen Bedingungen. Nehmen Sie eine weg, oder schauen Sie weiter zurück.",
  dimensions: {
    [JourneyDimension.UNSPECIFIED]: "Kontaktpunkt",
    [JourneyDimension.TOUCHPOINT]: "Kontaktpunkt",
    [JourneyDimension.PHASE]: "Phase",
    [JourneyDimension.OWNER]: "Zuständig",
    [JourneyDimension.CHANNEL]: "Kanal",
    [JourneyDimension.TOPIC]: "Thema",
    [JourneyDimension.FRICTION]: "Reibung",
    [JourneyDimension.SURVEY_KIND]: "Umfrage",
    [JourneyDimension.HANDOVER]: "Übergabe",
    [JourneyDimension.GIVEN_TOUCHPOINT]: "Kontaktpunkt der Frage",
  },
  periods: {
    [Period.UNSPECIFIED]: "Gesamt",
    [Period.DAY]: "Tage",
    [Period.WEEK]: "Wochen",
    [Period.MONTH]: "Monate",
  },
  mentions: "Aussagen",
  comments: "Kommentare",
  netSentiment: "Netto-Stimmung",
  meanSentiment: "Mittlere Stimmung",
  nps: "NPS",
  csat: "CSAT",
  answered: "Beantwortet",
  frictions: "Reibung",
  name: "Name",
  owner: "Zuständig",
  phase: "Phase",
  few: "wenige Antworten",
  answers: (count) => `aus ${count}`,
  interval: (low, high) => `${low} bis ${high}`,
  periodStart: "Ab",
  saveCsv: "Als CSV speichern",
  saveSvg: "Als SVG speichern",
  asTable: "Als Tabelle",
  noFigure: "–",
};

const en: FiguresWords = {
  filters: "What is counted",
  time: "Time",
  months: (count) => `${count} months`,
  ownDays: "Own days",
  allChannels: "All channels",
  allSurveys: "All but community",
  allOwners: "All",
  allLanguages: "All",
  none: "Nothing in this time",
  noneHint: "No comment matches these conditions. Take one away, or look further back.",
  dimensions: {
    [JourneyDimension.UNSPECIFIED]: "Touchpoint",
    [JourneyDimension.TOUCHPOINT]: "Touchpoint",
    [JourneyDimension.PHASE]: "Phase",
    [JourneyDimension.OWNER]: "Owner",
    [JourneyDimension.CHANNEL]: "Channel",
    [JourneyDimension.TOPIC]: "Topic",
    [JourneyDimension.FRICTION]: "Friction",
    [JourneyDimension.SURVEY_KIND]: "Survey",
    [JourneyDimension.HANDOVER]: "Handover",
    [JourneyDimension.GIVEN_TOUCHPOINT]: "Touchpoint asked about",
  },
  periods: {
    [Period.UNSPECIFIED]: "Whole time",
    [Period.DAY]: "Days",
    [Period.WEEK]: "Weeks",
    [Period.MONTH]: "Months",
  },
  mentions: "Mentions",
  comments: "Comments",
  netSentiment: "Net sentiment",
  meanSentiment: "Mean sentiment",
  nps: "NPS",
  csat: "CSAT",
  answered: "Answered",
  frictions: "Friction",
  name: "Name",
  owner: "Owner",
  phase: "Phase",
  few: "few answers",
  answers: (count) => `of ${count}`,
  interval: (low, high) => `${low} to ${high}`,
  periodStart: "From",
  saveCsv: "Save as CSV",
  saveSvg: "Save as SVG",
  asTable: "As a table",
  noFigure: "–",
};

export const figuresWords: Record<Language, FiguresWords> = { de, en };
