import type { Language } from "../app/preferences";
import { DriverKind, DriverQuadrant, Outcome } from "../gen/klartext/v1/journey_pb";
import { DiscrepancyKind } from "../gen/klartext/v1/insight_pb";

export interface DriversWords {
  title: string;
  outcome: string;
  outcomes: Record<Outcome, string>;
  kind: string;
  allKinds: string;
  kinds: Record<DriverKind, string>;
  quadrants: Record<DriverQuadrant, string>;
  chart: string;
  importance: string;
  importanceText(outcome: string): string;
  fulfilment: string;
  quadrant: string;
  net: string;
  whenBad: string;
  whenGood: string;
  comments: string;
  few: string;
  point(name: string, quadrant: string, importance: string, fulfilment: string): string;
  other: string;
  fit(comments: string, mean: string, share: string, outcome: string): string;
  weakFit: string;
  explained: string;
  signs: string;
  tooFew: string;
  tooFewHint(outcome: string): string;
  table: string;
  gaps: string;
  gapsText: string;
  noGaps: string;
  gap(hidden: string, rated: string): string;
  parts: { touchpoints: string; handovers: string; frictions: string; painPoints: string };
  noTouchpoint: string;
  disagreements: string;
  disagreementKinds: Record<DiscrepancyKind, string>;
  ofRated(count: string, share: string): string;
  openComment: string;
}

const de: DriversWords = {
  title: "Treiber",
  outcome: "Was erklärt wird",
  outcomes: { [Outcome.UNSPECIFIED]: "NPS", [Outcome.NPS]: "NPS", [Outcome.CSAT]: "CSAT" },
  kind: "Wodurch",
  allKinds: "Alles auseinandergehalten",
  kinds: {
    [DriverKind.UNSPECIFIED]: "",
    [DriverKind.TOUCHPOINT]: "Kontaktpunkte",
    [DriverKind.TOPIC]: "Themen",
    [DriverKind.FRICTION]: "Reibung",
    [DriverKind.HANDOVER]: "Übergaben",
    [DriverKind.OTHER]: "Übriges",
  },
  quadrants: {
    [DriverQuadrant.UNSPECIFIED]: "",
    [DriverQuadrant.KEEP]: "Halten",
    [DriverQuadrant.IMPROVE]: "Verbessern",
    [DriverQuadrant.WATCH]: "Beobachten",
    [DriverQuadrant.OVERDONE]: "Übererfüllt",
  },
  chart: "Wichtigkeit gegen Erfüllung",
  importance: "Wichtigkeit",
  importanceText: (outcome) => `um so viele Punkte schwankt ${outcome} damit von Kommentar zu Kommentar`,
  fulfilment: "Erfüllung (Netto-Stimmung)",
  quadrant: "Feld",
  net: "Wirkung im Ganzen",
  whenBad: "je negativer Nennung",
  whenGood: "je positiver Nennung",
  comments: "Kommentare",
  few: "wenige Antworten",
  point: (name, quadrant, importance, fulfilment) => `${name}: ${quadrant}, Wichtigkeit ${importance}, Erfüllung ${fulfilment}`,
  other: "Übriges Lob und übrige Klagen",
  fit: (comments, mean, share, outcome) =>
    `Aus ${comments} Antworten; ${outcome} im Mittel ${mean}. Was Kunden sagen, erklärt ${share} der Unterschiede in Kommentaren, die nicht zum Lernen dienten.`,
  weakFit: "Das ist so gut wie nichts: verlassen Sie sich nicht darauf.",
  explained: "Waagrechte Striche sind 95-%-Intervalle. Hohle Zeichen ruhen auf wenigen Antworten. Ein Klick zeigt die Kommentare.",
  signs: "Kreise sind Kontaktpunkte, Quadrate Themen, Dreiecke Reibung, Rauten Übergaben.",
  tooFew: "Zu wenige Antworten, um daraus zu lernen",
  tooFewHint: (outcome) => `Es braucht mehr Kommentare mit ${outcome}. Nehmen Sie eine Bedingung weg, oder schauen Sie weiter zurück.`,
  table: "Treiber als Tabelle",
  gaps: "Die Lücke, hinter der Kunden gehen",
  gapsText: "Kontaktpunkte, die gute Noten bekommen, während dieselben Kunden über etwas anderes klagen.",
  noGaps: "Unter diesen Bedingungen zeigt sich keine.",
  gap: (hidden, rated) => `${hidden} der ${rated} bewerteten Kommentare klagen trotz guter Note über etwas anderes`,
  parts: { touchpoints: "Worüber", handovers: "Übergaben", frictions: "Reibung", painPoints: "Schmerzpunkte" },
  noTouchpoint: "Kein Kontaktpunkt genannt",
  disagreements: "Note und Text uneins",
  disagreementKinds: {
    [DiscrepancyKind.UNSPECIFIED]: "",
    [DiscrepancyKind.NONE]: "",
    [DiscrepancyKind.SCORE_ABOVE_TEXT]: "Gute Note, schlechter Text",
    [DiscrepancyKind.SCORE_BELOW_TEXT]: "Schlechte Note, keine Klage",
    [DiscrepancyKind.OTHER_TOUCHPOINT]: "Gut bewertet, über anderes geklagt",
  },
  ofRated: (count, share) => `${count} Kommentare, ${share} der bewerteten`,
  openComment: "Kommentar öffnen",
};

const en: DriversWords = {
  title: "Drivers",
  outcome: "What is explained",
  outcomes: { [Outcome.UNSPECIFIED]: "NPS", [Outcome.NPS]: "NPS", [Outcome.CSAT]: "CSAT" },
  kind: "By what",
  allKinds: "All, held apart",
  kinds: {
    [DriverKind.UNSPECIFIED]: "",
    [DriverKind.TOUCHPOINT]: "Touchpoints",
    [DriverKind.TOPIC]: "Topics",
    [DriverKind.FRICTION]: "Friction",
    [DriverKind.HANDOVER]: "Handovers",
    [DriverKind.OTHER]: "The rest",
  },
  quadrants: {
    [DriverQuadrant.UNSPECIFIED]: "",
    [DriverQuadrant.KEEP]: "Keep",
    [DriverQuadrant.IMPROVE]: "Improve",
    [DriverQuadrant.WATCH]: "Watch",
    [DriverQuadrant.OVERDONE]: "Overdone",
  },
  chart: "Importance against fulfilment",
  importance: "Importance",
  importanceText: (outcome) => `points by which ${outcome} varies with it from comment to comment`,
  fulfilment: "Fulfilment (net sentiment)",
  quadrant: "Quadrant",
  net: "Effect on the whole",
  whenBad: "each negative mention",
  whenGood: "each positive mention",
  comments: "Comments",
  few: "few answers",
  point: (name, quadrant, importance, fulfilment) => `${name}: ${quadrant}, importance ${importance}, fulfilment ${fulfilment}`,
  other: "Other praise and complaints",
  fit: (comments, mean, share, outcome) =>
    `From ${comments} answers; ${outcome} ${mean} on average. What customers say explains ${share} of the differences in comments that were not learnt from.`,
  weakFit: "That is next to nothing: do not rely on it.",
  explained: "Horizontal lines are 95 % intervals. Hollow signs rest on few answers. A click shows the comments.",
  signs: "Circles are touchpoints, squares topics, triangles friction, diamonds handovers.",
  tooFew: "Too few answers to learn from",
  tooFewHint: (outcome) => `It takes more comments with ${outcome}. Take a condition away, or look further back.`,
  table: "Drivers as a table",
  gaps: "The gap behind which customers leave",
  gapsText: "Touchpoints that are rated well while the same customers complain about something else.",
  noGaps: "Under these conditions none shows.",
  gap: (hidden, rated) => `${hidden} of ${rated} rated comments complain about something else in spite of a good score`,
  parts: { touchpoints: "About what", handovers: "Handovers", frictions: "Friction", painPoints: "Pain points" },
  noTouchpoint: "No touchpoint named",
  disagreements: "Score and text disagree",
  disagreementKinds: {
    [DiscrepancyKind.UNSPECIFIED]: "",
    [DiscrepancyKind.NONE]: "",
    [DiscrepancyKind.SCORE_ABOVE_TEXT]: "Good score, bad text",
    [DiscrepancyKind.SCORE_BELOW_TEXT]: "Bad score, no complaint",
    [DiscrepancyKind.OTHER_TOUCHPOINT]: "Rated well, complains about something else",
  },
  ofRated: (count, share) => `${count} comments, ${share} of those rated`,
  openComment: "Open the comment",
};

export const driversWords: Record<Language, DriversWords> = { de, en };
