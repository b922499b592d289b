import type { Language } from "../app/preferences";

export interface OverviewWords {
  title: string;
  comments(count: string): string;
  mentions(count: string): string;
  read: string;
  worst: string;
  allPainPoints: string;
  discover: string;
  discoverText: string;
  toDiscovery: string;
  urgent: string;
  allUrgent: string;
  runs: string;
}

const de: OverviewWords = {
  title: "Überblick",
  comments: (count) => `${count} Kommentare`,
  mentions: (count) => `${count} Aussagen darin`,
  read: "gelesen",
  worst: "Was am meisten weh tut",
  allPainPoints: "Alle Schmerzpunkte",
  discover: "Als Nächstes: Schmerzpunkte entdecken",
  discoverText: "Die Kommentare sind gelesen. Eine Entdeckung fasst zusammen, worüber Kunden in allen Kanälen klagen.",
  toDiscovery: "Zur Entdeckung",
  urgent: "Wer auf eine Antwort wartet",
  allUrgent: "Alle, die eine Antwort brauchen",
  runs: "Hier läuft",
};

const en: OverviewWords = {
  title: "Overview",
  comments: (count) => `${count} comments`,
  mentions: (count) => `${count} mentions in them`,
  read: "read",
  worst: "What hurts most",
  allPainPoints: "All pain points",
  discover: "Next: discover pain points",
  discoverText: "The comments are read. A discovery brings together what customers complain about in every channel.",
  toDiscovery: "To the discovery",
  urgent: "Who waits for an answer",
  allUrgent: "All who need an answer",
  runs: "What runs here",
};

export const overviewWords: Record<Language, OverviewWords> = { de, en };
