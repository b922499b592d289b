import type { Language } from "../app/preferences";

export interface JourneyWords {
  title: string;
  counted(comments: string, from: string, until: string): string;
  map: string;
  ofMentions(count: string): string;
  few: string;
  cardSaid(name: string, owner: string, mentions: string): string;
  netSaid(name: string, value: string): string;
  scoreSaid(score: string, name: string, value: string, interval: string, count: string): string;
  frictionSaid(kind: string, name: string, share: string): string;
  passageSaid(from: string, to: string, comments: string, net: string): string;
  openOwner: string;
  legend: string;
  legendTone: string;
  legendWorse: string;
  legendBetter: string;
  legendLine: string;
  legendSpark: string;
  legendFriction: string;
  legendHidden: string;
  hidden: string;
  hiddenText: string;
  noHidden: string;
  noPainPoints: string;
  toOperations: string;
  between(from: string, to: string): string;
  at(name: string): string;
  nowhere: string;
  handovers: string;
  handoversText: string;
  notDrawn(count: number): string;
  silent: string;
  allFigures: string;
  severity: string;
  hiddenness: string;
}

const de: JourneyWords = {
  title: "Kundenreise",
  counted: (comments, from, until) => `${comments} Kommentare, ${from} bis ${until}`,
  map: "Die Reise mit ihren Kontaktpunkten, Übergaben und verborgenen Schmerzpunkten",
  ofMentions: (count) => `aus ${count}`,
  few: "wenige Antworten",
  cardSaid: (name, owner, mentions) => `${name}, ${owner}: ${mentions} Aussagen`,
  netSaid: (name, value) => `${name}: Netto-Stimmung ${value}, die negativen Aussagen`,
  scoreSaid: (score, name, value, interval, count) => `${name}: ${score} ${value} (95 %: ${interval}, ${count} Antworten)`,
  frictionSaid: (kind, name, share) => `${name}: ${kind} in ${share} der Aussagen`,
  passageSaid: (from, to, comments, net) => `Übergabe ${from} → ${to}: ${comments} Kommentare, Netto-Stimmung ${net}`,
  openOwner: "offen",
  legend: "Zeichen",
  legendTone: "Netto-Stimmung",
  legendWorse: "schlecht",
  legendBetter: "gut",
  legendLine: "Übergabe: je dicker, desto mehr Kommentare",
  legendSpark: "Stimmung im Verlauf, um 0",
  legendFriction: "Reibung: warten, wiederholen, ungewiss, Sackgasse",
  legendHidden: "verborgener Schmerzpunkt",
  hidden: "Dazwischen: verborgene Schmerzpunkte",
  hiddenText: "Was kein Kontaktpunkt und kein Thema erklärt, was auf viele Kanäle verteilt ist oder hinter guten Noten steht.",
  noHidden: "Zu diesen Bedingungen liegt keiner verborgen.",
  noPainPoints: "Noch sind keine Schmerzpunkte entdeckt.",
  toOperations: "Zur Entdeckung",
  between: (from, to) => `zwischen ${from} und ${to}`,
  at: (name) => `bei ${name}`,
  nowhere: "an keinem Kontaktpunkt",
  handovers: "Übergaben",
  handoversText: "Wo eine Sache von einer Abteilung zur anderen geht oder hätte gehen sollen. Ein Klick zeigt die Kommentare.",
  notDrawn: (count) => `${count} seltenere stehen nur hier.`,
  silent: "Niemand spricht davon",
  allFigures: "Alle Zahlen als Tabelle",
  severity: "Schwere",
  hiddenness: "Verborgenheit",
};

const en: JourneyWords = {
  title: "Journey",
  counted: (comments, from, until) => `${comments} comments, ${from} to ${until}`,
  map: "The journey with its touchpoints, handovers and hidden pain points",
  ofMentions: (count) => `of ${count}`,
  few: "few answers",
  cardSaid: (name, owner, mentions) => `${name}, ${owner}: ${mentions} mentions`,
  netSaid: (name, value) => `${name}: net sentiment ${value}, the negative mentions`,
  scoreSaid: (score, name, value, interval, count) => `${name}: ${score} ${value} (95 %: ${interval}, ${count} answers)`,
  frictionSaid: (kind, name, share) => `${name}: ${kind} in ${share} of the mentions`,
  passageSaid: (from, to, comments, net) => `Handover ${from} → ${to}: ${comments} comments, net sentiment ${net}`,
  openOwner: "open",
  legend: "Signs",
  legendTone: "net sentiment",
  legendWorse: "bad",
  legendBetter: "good",
  legendLine: "handover: the thicker, the more comments",
  legendSpark: "sentiment over time, around 0",
  legendFriction: "friction: waiting, repeating, uncertain, dead end",
  legendHidden: "hidden pain point",
  hidden: "In between: hidden pain points",
  hiddenText: "What no touchpoint and no topic explains, what is spread over many channels, or what stands behind good scores.",
  noHidden: "Under these conditions none lies hidden.",
  noPainPoints: "No pain points have been discovered yet.",
  toOperations: "To the discovery",
  between: (from, to) => `between ${from} and ${to}`,
  at: (name) => `at ${name}`,
  nowhere: "at no touchpoint",
  handovers: "Handovers",
  handoversText: "Where a matter goes from one department to another, or should have gone. A click shows the comments.",
  notDrawn: (count) => `${count} rarer ones stand only here.`,
  silent: "Nobody speaks of it",
  allFigures: "All figures as a table",
  severity: "Severity",
  hiddenness: "Hiddenness",
};

export const journeyWords: Record<Language, JourneyWords> = { de, en };
