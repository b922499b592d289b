import type { Language } from "../app/preferences";
import { DiscoveryState, DiscoveryStep } from "../gen/klartext/v1/painpoint_pb";
import { RescoringState } from "../gen/klartext/v1/rescoring_pb";

export interface OperationWords {
  title: string;
  rescoring: string;
  rescoringText: string;
  journey: string;
  allJourneys: string;
  startRescoring: string;
  discovery: string;
  discoveryText: string;
  startDiscovery: string;
  discoveryStates: Record<DiscoveryState, string>;
  steps: Record<DiscoveryStep, string>;
  readMentions(count: string): string;
  foundPainPoints(count: string): string;
  identities(born: string, continued: string, ended: string): string;
  copies(count: string): string;
  showPainPoints: string;
  history: string;
  none: string;
  cancel: string;
  states: Record<RescoringState, string>;
  progress: string;
  comments(done: string, total: string): string;
  mentions(done: string, changed: string): string;
  speed(perSecond: string): string;
  started(time: string): string;
  took(seconds: string): string;
  skipped(count: string): string;
  resumed(count: string): string;
  failed(reason: string): string;
  changes: string;
  label: string;
  from: string;
  to: string;
  count: string;
  nothing: string;
  labels: Record<string, string>;
  running: string;
}

const de: OperationWords = {
  title: "Vorgänge",
  rescoring: "Neu bewerten",
  rescoringText:
    "Gespeicherte Kommentare bekommen die Angaben der heutigen Modelle und Kundenreisen, ohne noch einmal gelesen zu werden. Was Menschen korrigiert haben, bleibt.",
  journey: "Kundenreise",
  allJourneys: "Alle",
  startRescoring: "Neu bewerten",
  discovery: "Entdeckung",
  discoveryText:
    "Fasst negative Aussagen aus allen Kanälen zu Schmerzpunkten zusammen. Bekannte werden wiedererkannt, mit Namen und Geschichte. Bis zum letzten Schritt ändert sich nichts.",
  startDiscovery: "Schmerzpunkte entdecken",
  discoveryStates: {
    [DiscoveryState.UNSPECIFIED]: "unbekannt",
    [DiscoveryState.RUNNING]: "läuft",
    [DiscoveryState.DONE]: "fertig",
    [DiscoveryState.CANCELLED]: "abgebrochen",
    [DiscoveryState.FAILED]: "gescheitert",
  },
  steps: {
    [DiscoveryStep.UNSPECIFIED]: "beginnt",
    [DiscoveryStep.READING]: "liest",
    [DiscoveryStep.CLUSTERING]: "gruppiert",
    [DiscoveryStep.DESCRIBING]: "erkennt und benennt",
    [DiscoveryStep.WRITING]: "schreibt",
  },
  readMentions: (count) => `${count} Aussagen`,
  foundPainPoints: (count) => `${count} Schmerzpunkte`,
  identities: (born, continued, ended) => `${born} neu, ${continued} wiedererkannt, ${ended} vorbei`,
  copies: (count) => `${count} fast gleiche Aussagen zählen für die Gruppen einmal`,
  showPainPoints: "Schmerzpunkte zeigen",
  history: "Bisherige Läufe",
  none: "Noch keiner.",
  cancel: "Abbrechen",
  states: {
    [RescoringState.UNSPECIFIED]: "unbekannt",
    [RescoringState.RUNNING]: "läuft",
    [RescoringState.DONE]: "fertig",
    [RescoringState.CANCELLED]: "abgebrochen",
    [RescoringState.FAILED]: "gescheitert",
  },
  progress: "Fortschritt",
  comments: (done, total) => `${done} von ${total} Kommentaren`,
  mentions: (done, changed) => `${done} Aussagen bewertet, ${changed} geändert`,
  speed: (perSecond) => `${perSecond} Aussagen je Sekunde`,
  started: (time) => `begonnen ${time}`,
  took: (seconds) => `${seconds} s`,
  skipped: (count) => `${count} Kommentare unbekannter Kundenreisen blieben, wie sie waren`,
  resumed: (count) => `nach einem Neustart fortgesetzt: ${count}-mal`,
  failed: (reason) => `Der Dienst sagt: ${reason}. Noch einmal beginnen ist ungefährlich.`,
  changes: "Was sich geändert hat",
  label: "Angabe",
  from: "vorher",
  to: "jetzt",
  count: "Aussagen",
  nothing: "keine",
  labels: { sentiment: "Stimmung", topic: "Thema", touchpoint: "Kontaktpunkt", friction: "Reibung" },
  running: "Das läuft dort schon.",
};

const en: OperationWords = {
  title: "Operations",
  rescoring: "Re-scoring",
  rescoringText:
    "Stored comments get the labels of today's models and journeys without being read again. What people have corrected stays.",
  journey: "Journey",
  allJourneys: "All",
  startRescoring: "Start re-scoring",
  discovery: "Discovery",
  discoveryText:
    "Brings negative mentions from every channel together into pain points. Known ones are recognised, with name and history. Nothing changes until the last step.",
  startDiscovery: "Discover pain points",
  discoveryStates: {
    [DiscoveryState.UNSPECIFIED]: "unknown",
    [DiscoveryState.RUNNING]: "running",
    [DiscoveryState.DONE]: "done",
    [DiscoveryState.CANCELLED]: "cancelled",
    [DiscoveryState.FAILED]: "failed",
  },
  steps: {
    [DiscoveryStep.UNSPECIFIED]: "begins",
    [DiscoveryStep.READING]: "reads",
    [DiscoveryStep.CLUSTERING]: "clusters",
    [DiscoveryStep.DESCRIBING]: "recognises and names",
    [DiscoveryStep.WRITING]: "writes",
  },
  readMentions: (count) => `${count} mentions`,
  foundPainPoints: (count) => `${count} pain points`,
  identities: (born, continued, ended) => `${born} new, ${continued} recognised, ${ended} over`,
  copies: (count) => `${count} nearly equal mentions count once for the clusters`,
  showPainPoints: "Show the pain points",
  history: "Runs so far",
  none: "None yet.",
  cancel: "Cancel",
  states: {
    [RescoringState.UNSPECIFIED]: "unknown",
    [RescoringState.RUNNING]: "running",
    [RescoringState.DONE]: "done",
    [RescoringState.CANCELLED]: "cancelled",
    [RescoringState.FAILED]: "failed",
  },
  progress: "Progress",
  comments: (done, total) => `${done} of ${total} comments`,
  mentions: (done, changed) => `${done} mentions scored, ${changed} changed`,
  speed: (perSecond) => `${perSecond} mentions a second`,
  started: (time) => `started ${time}`,
  took: (seconds) => `${seconds} s`,
  skipped: (count) => `${count} comments of unknown journeys stayed as they were`,
  resumed: (count) => `taken up again after a restart: ${count} times`,
  failed: (reason) => `The service says: ${reason}. Starting again is safe.`,
  changes: "What has changed",
  label: "Label",
  from: "before",
  to: "now",
  count: "Mentions",
  nothing: "none",
  labels: { sentiment: "Sentiment", topic: "Topic", touchpoint: "Touchpoint", friction: "Friction" },
  running: "That is running there already.",
};

export const operationWords: Record<Language, OperationWords> = { de, en };
