import type { Language } from "../app/preferences";
import { InboxChangeKind, InboxReasonKind, InboxState, SortInboxBy, SuggestedAction } from "../gen/klartext/v1/inbox_pb";

export interface InboxWords {
  title: string;
  list: string;
  found(count: string, one: boolean): string;
  owners: string;
  all: string;
  nobody: string;
  open(count: string): string;
  state: string;
  needing: string;
  states: Record<InboxState, string>;
  reason: string;
  anyReason: string;
  reasons: Record<InboxReasonKind, string>;
  severity: string;
  anySeverity: string;
  from(value: string): string;
  sortBy: string;
  sorts: Record<SortInboxBy, string>;
  suggested: string;
  suggestions: Record<SuggestedAction, string>;
  news(count: string, one: boolean): string;
  none: string;
  noneHint: string;
  nothing: string;
  nothingHint: string;
  more: string;
  figures(open: string, acknowledged: string, resolved: string): string;
  times(acknowledge: string, resolve: string): string;
  hours(value: string): string;
  days(value: string): string;
  minutes(value: string): string;
  item: string;
  close: string;
  evidence: string;
  openComment: string;
  history: string;
  changes: Record<InboxChangeKind, string>;
  byLabels: string;
  passed(from: string, to: string): string;
  answered: string;
  opened: string;
  actions: Record<"acknowledge" | "resolve" | "reopen" | "reassign", string>;
  actionTexts: Record<"acknowledge" | "resolve" | "reopen" | "reassign", string>;
  note: string;
  noteHint: string;
  customerAnswered: string;
  newOwner: string;
  newTouchpoint: string;
  noTouchpoint: string;
  cancel: string;
  done: string;
  unfit: string;
  export: string;
}

const de: InboxWords = {
  title: "Eingang",
  list: "Was jemanden braucht",
  found: (count, one) => (one ? `${count} Eintrag` : `${count} Einträge`),
  owners: "Zuständig",
  all: "Alle",
  nobody: "Noch niemand",
  open: (count) => `${count} offen`,
  state: "Stand",
  needing: "Offen und angenommen",
  states: {
    [InboxState.UNSPECIFIED]: "unbekannt",
    [InboxState.OPEN]: "offen",
    [InboxState.ACKNOWLEDGED]: "angenommen",
    [InboxState.RESOLVED]: "erledigt",
    [InboxState.WITHDRAWN]: "zurückgezogen",
  },
  reason: "Grund",
  anyReason: "Alle Gründe",
  reasons: {
    [InboxReasonKind.UNSPECIFIED]: "unbekannt",
    [InboxReasonKind.ANSWER_NEEDED]: "wartet auf Antwort",
    [InboxReasonKind.SEVERITY]: "schwer",
    [InboxReasonKind.DISCREPANCY]: "Note und Text uneins",
    [InboxReasonKind.FRICTION]: "Reibung",
    [InboxReasonKind.HANDOVER]: "Übergabe",
  },
  severity: "Schwere",
  anySeverity: "Jede",
  from: (value) => `ab ${value}`,
  sortBy: "Sortiert nach",
  sorts: {
    [SortInboxBy.UNSPECIFIED]: "Schwere",
    [SortInboxBy.SEVERITY]: "Schwere",
    [SortInboxBy.OPENED]: "Neueste zuerst",
    [SortInboxBy.CHANGED]: "Zuletzt geändert",
  },
  suggested: "Vorschlag",
  suggestions: {
    [SuggestedAction.UNSPECIFIED]: "",
    [SuggestedAction.ANSWER]: "Antworten",
    [SuggestedAction.SETTLE_HANDOVER]: "Mit der anderen Abteilung klären",
    [SuggestedAction.CONTACT]: "Kontakt aufnehmen",
    [SuggestedAction.ASK]: "Nachfragen",
    [SuggestedAction.REMOVE_FRICTION]: "Reibung beseitigen",
  },
  news: (count, one) => (one ? "1 neuer Eintrag: zeigen" : `${count} neue Einträge: zeigen`),
  none: "Nichts passt dazu",
  noneHint: "Nehmen Sie eine Bedingung weg.",
  nothing: "Der Eingang ist leer",
  nothingHint: "Sobald ein Kommentar jemanden braucht, steht er hier.",
  more: "Lädt weitere …",
  figures: (open, acknowledged, resolved) => `${open} offen, ${acknowledged} angenommen, ${resolved} erledigt`,
  times: (acknowledge, resolve) => `angenommen nach ${acknowledge}, erledigt nach ${resolve} (Median)`,
  hours: (value) => `${value} Std.`,
  days: (value) => `${value} Tagen`,
  minutes: (value) => `${value} Min.`,
  item: "Eintrag",
  close: "Schließen",
  evidence: "Worum es geht",
  openComment: "Kommentar öffnen",
  history: "Verlauf",
  changes: {
    [InboxChangeKind.UNSPECIFIED]: "geändert",
    [InboxChangeKind.OPENED]: "eingegangen",
    [InboxChangeKind.ACKNOWLEDGED]: "angenommen",
    [InboxChangeKind.RESOLVED]: "erledigt",
    [InboxChangeKind.REOPENED]: "wieder geöffnet",
    [InboxChangeKind.REASSIGNED]: "übergeben",
    [InboxChangeKind.WITHDRAWN]: "zurückgezogen",
  },
  byLabels: "Klartext",
  passed: (from, to) => `von ${from} an ${to}`,
  answered: "Kunde hat eine Antwort",
  opened: "Eingegangen",
  actions: { acknowledge: "Annehmen", resolve: "Erledigen", reopen: "Wieder öffnen", reassign: "Übergeben" },
  actionTexts: {
    acknowledge: "Sie kümmern sich darum. Andere sehen, wer.",
    resolve: "Es ist getan. Die Notiz sagt, was.",
    reopen: "Es ist doch nicht getan, oder es braucht doch jemanden.",
    reassign: "Eine andere Abteilung ist zuständig. Dort ist es wieder offen.",
  },
  note: "Notiz",
  noteHint: "Persönliche Daten darin werden verdeckt.",
  customerAnswered: "Der Kunde hat eine Antwort bekommen",
  newOwner: "Zuständig wird",
  newTouchpoint: "Kontaktpunkt",
  noTouchpoint: "Offen lassen",
  cancel: "Abbrechen",
  done: "Getan.",
  unfit: "Das passt nicht zum Stand des Eintrags: jemand war schneller.",
  export: "Als CSV speichern",
};

const en: InboxWords = {
  title: "Inbox",
  list: "What needs somebody",
  found: (count, one) => (one ? `${count} item` : `${count} items`),
  owners: "Owner",
  all: "All",
  nobody: "Nobody yet",
  open: (count) => `${count} open`,
  state: "State",
  needing: "Open and acknowledged",
  states: {
    [InboxState.UNSPECIFIED]: "unknown",
    [InboxState.OPEN]: "open",
    [InboxState.ACKNOWLEDGED]: "acknowledged",
    [InboxState.RESOLVED]: "resolved",
    [InboxState.WITHDRAWN]: "withdrawn",
  },
  reason: "Reason",
  anyReason: "All reasons",
  reasons: {
    [InboxReasonKind.UNSPECIFIED]: "unknown",
    [InboxReasonKind.ANSWER_NEEDED]: "waits for an answer",
    [InboxReasonKind.SEVERITY]: "severe",
    [InboxReasonKind.DISCREPANCY]: "score and text disagree",
    [InboxReasonKind.FRICTION]: "friction",
    [InboxReasonKind.HANDOVER]: "handover",
  },
  severity: "Severity",
  anySeverity: "Any",
  from: (value) => `from ${value}`,
  sortBy: "Sort by",
  sorts: {
    [SortInboxBy.UNSPECIFIED]: "Severity",
    [SortInboxBy.SEVERITY]: "Severity",
    [SortInboxBy.OPENED]: "Newest first",
    [SortInboxBy.CHANGED]: "Last changed",
  },
  suggested: "Suggestion",
  suggestions: {
    [SuggestedAction.UNSPECIFIED]: "",
    [SuggestedAction.ANSWER]: "Answer",
    [SuggestedAction.SETTLE_HANDOVER]: "Settle it with the other department",
    [SuggestedAction.CONTACT]: "Get in touch",
    [SuggestedAction.ASK]: "Ask",
    [SuggestedAction.REMOVE_FRICTION]: "Remove the friction",
  },
  news: (count, one) => (one ? "1 new item: show it" : `${count} new items: show them`),
  none: "Nothing matches",
  noneHint: "Take a condition away.",
  nothing: "The inbox is empty",
  nothingHint: "As soon as a comment needs somebody, it stands here.",
  more: "Loading more …",
  figures: (open, acknowledged, resolved) => `${open} open, ${acknowledged} acknowledged, ${resolved} resolved`,
  times: (acknowledge, resolve) => `acknowledged after ${acknowledge}, resolved after ${resolve} (median)`,
  hours: (value) => `${value} h`,
  days: (value) => `${value} days`,
  minutes: (value) => `${value} min`,
  item: "Item",
  close: "Close",
  evidence: "What it is about",
  openComment: "Open the comment",
  history: "History",
  changes: {
    [InboxChangeKind.UNSPECIFIED]: "changed",
    [InboxChangeKind.OPENED]: "came in",
    [InboxChangeKind.ACKNOWLEDGED]: "acknowledged",
    [InboxChangeKind.RESOLVED]: "resolved",
    [InboxChangeKind.REOPENED]: "reopened",
    [InboxChangeKind.REASSIGNED]: "reassigned",
    [InboxChangeKind.WITHDRAWN]: "withdrawn",
  },
  byLabels: "Klartext",
  passed: (from, to) => `from ${from} to ${to}`,
  answered: "the customer has an answer",
  opened: "Came in",
  actions: { acknowledge: "Acknowledge", resolve: "Resolve", reopen: "Reopen", reassign: "Reassign" },
  actionTexts: {
    acknowledge: "You take it on. Others see who does.",
    resolve: "It is done. The note says what.",
    reopen: "It is not done after all, or somebody is needed after all.",
    reassign: "Another department is responsible. There it is open again.",
  },
  note: "Note",
  noteHint: "Personal data in it are masked.",
  customerAnswered: "The customer has got an answer",
  newOwner: "New owner",
  newTouchpoint: "Touchpoint",
  noTouchpoint: "Leave it open",
  cancel: "Cancel",
  done: "Done.",
  unfit: "That does not fit the item's state: somebody was faster.",
  export: "Save as CSV",
};

export const inboxWords: Record<Language, InboxWords> = { de, en };
