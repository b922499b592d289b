import type { Language } from "../app/preferences";
import { Period } from "../gen/klartext/v1/comment_pb";
import { PainPointEventKind, PainPointState, SortPainPointsBy } from "../gen/klartext/v1/painpoint_pb";

export interface PainPointWords {
  title: string;
  found(count: string, one: boolean): string;
  none: string;
  noneYet: string;
  noneHint: string;
  toOperations: string;
  search: string;
  state: string;
  states: Record<PainPointState, string>;
  sorts: Record<SortPainPointsBy, string>;
  sortBy: string;
  name: string;
  severity: string;
  severityHint: string;
  hiddenness: string;
  hiddennessHint: string;
  mentions: string;
  trend: string;
  channels: string;
  emerging: string;
  more: string;
  export: string;
  slope(points: string): string;
  steady: string;
  back: string;
  machineName(name: string): string;
  namedBy(person: string): string;
  mergedInto: string;
  born(day: string): string;
  seen(from: string, until: string): string;
  quotes: string;
  copies(count: string): string;
  share(percent: string): string;
  comments: string;
  weak(count: string): string;
  sentiment: string;
  unexplained: string;
  spread: string;
  masked: string;
  handover(from: string, to: string, share: string): string;
  mix: string;
  touchpoints: string;
  owners: string;
  topics: string;
  frictions: string;
  without: string;
  volume: string;
  volumeText: string;
  periods: Record<Period, string>;
  period: string;
  asTable: string;
  interval(low: string, high: string): string;
  of(count: string, all: string): string;
  noTest: string;
  test(p: string, weeks: string): string;
  contrasts: string;
  contrastsText: string;
  figure: string;
  here: string;
  elsewhere: string;
  difference: string;
  events: string;
  eventKinds: Record<PainPointEventKind, string>;
  byDiscovery: string;
  similar: string;
  similarText: string;
  allMentions: string;
  withWeak: string;
  openComment: string;
  rename: string;
  newName: string;
  newNameHint: string;
  merge: string;
  mergeText(name: string): string;
  split: string;
  splitText: string;
  dismiss: string;
  dismissText: string;
  restore: string;
  undo: string;
  cancel: string;
  done: string;
  indivisible: string;
  nothingToUndo: string;
}

const de: PainPointWords = {
  title: "Schmerzpunkte",
  found: (count, one) => (one ? `${count} Schmerzpunkt` : `${count} Schmerzpunkte`),
  none: "Kein Schmerzpunkt passt",
  noneYet: "Noch keine Schmerzpunkte",
  noneHint: "Eine Entdeckung fasst zusammen, worüber Kunden in allen Kanälen klagen. Sie dauert meist unter einer Minute.",
  toOperations: "Zur Entdeckung",
  search: "Name oder Wort",
  state: "Zustand",
  states: {
    [PainPointState.UNSPECIFIED]: "unbekannt",
    [PainPointState.ACTIVE]: "aktiv",
    [PainPointState.DISMISSED]: "verworfen",
    [PainPointState.MERGED]: "zusammengelegt",
    [PainPointState.RESOLVED]: "vorbei",
  },
  sortBy: "Sortieren nach",
  sorts: {
    [SortPainPointsBy.UNSPECIFIED]: "Schwere",
    [SortPainPointsBy.SEVERITY]: "Schwere",
    [SortPainPointsBy.MENTIONS]: "Aussagen",
    [SortPainPointsBy.HIDDENNESS]: "Verborgenheit",
    [SortPainPointsBy.TREND]: "Trend",
    [SortPainPointsBy.LAST_SEEN]: "Zuletzt gesehen",
    [SortPainPointsBy.BORN]: "Entdeckt",
  },
  name: "Schmerzpunkt",
  severity: "Schwere",
  severityHint: "0 bis 1: wie weh es tut und wie oft",
  hiddenness: "Verborgenheit",
  hiddennessHint: "0 bis 1: wie wenig die heutigen Messungen davon zeigen",
  mentions: "Aussagen",
  trend: "Trend",
  channels: "Kanäle",
  emerging: "neu und wachsend",
  more: "Weitere laden",
  export: "Als CSV speichern",
  slope: (points) => `${points} Pp. je Woche`,
  steady: "gleichbleibend",
  back: "Alle Schmerzpunkte",
  machineName: (name) => `Name der Maschine: ${name}`,
  namedBy: (person) => `benannt von ${person}`,
  mergedInto: "Er ist in einen anderen aufgegangen:",
  born: (day) => `entdeckt am ${day}`,
  seen: (from, until) => `gesehen ${from} – ${until}`,
  quotes: "Was Kunden sagen",
  copies: (count) => `${count}-mal fast gleich`,
  share: (percent) => `${percent} aller Klagen`,
  comments: "Kommentare",
  weak: (count) => `dazu ${count} schwach zugehörige Aussagen`,
  sentiment: "Stimmung",
  unexplained: "ohne Kontaktpunkt und Thema",
  spread: "gleichmäßig über die Kanäle",
  masked: "trotz guter Bewertung",
  handover: (from, to, share) => `Liegt auf der Übergabe von ${from} zu ${to} (${share}).`,
  mix: "Wo es auftritt",
  touchpoints: "Kontaktpunkte",
  owners: "Zuständig",
  topics: "Themen",
  frictions: "Reibung",
  without: "ohne",
  volume: "Anteil über die Zeit",
  volumeText: "Anteil an allen Aussagen, mit 95-%-Band nach Wilson.",
  periods: {
    [Period.UNSPECIFIED]: "Woche",
    [Period.DAY]: "Tag",
    [Period.WEEK]: "Woche",
    [Period.MONTH]: "Monat",
  },
  period: "Zeitraum je Punkt",
  asTable: "Als Tabelle",
  interval: (low, high) => `${low} bis ${high}`,
  of: (count, all) => `${count} von ${all}`,
  noTest: "Zu wenige Wochen für einen Trendtest.",
  test: (p, weeks) => `Cochran-Armitage über ${weeks} Wochen, p = ${p}`,
  contrasts: "Gegen die übrigen Kommentare",
  contrastsText: "Unterschied der Mittelwerte mit 95-%-Intervall nach Welch. Ein Intervall, das die Null nicht berührt, ist mehr als Zufall.",
  figure: "Kennzahl",
  here: "hier",
  elsewhere: "sonst",
  difference: "Unterschied",
  events: "Was geschehen ist",
  eventKinds: {
    [PainPointEventKind.UNSPECIFIED]: "unbekannt",
    [PainPointEventKind.BORN]: "entdeckt",
    [PainPointEventKind.DIVIDED]: "bei einer Entdeckung geteilt",
    [PainPointEventKind.JOINED]: "bei einer Entdeckung vereint",
    [PainPointEventKind.RESOLVED]: "nicht mehr gefunden",
    [PainPointEventKind.CAME_AGAIN]: "wieder aufgetreten",
    [PainPointEventKind.GROWING]: "wächst mehr, als Zufall erklärt",
    [PainPointEventKind.RENAMED]: "umbenannt",
    [PainPointEventKind.MERGED]: "zusammengelegt",
    [PainPointEventKind.SPLIT]: "geteilt",
    [PainPointEventKind.DISMISSED]: "verworfen",
    [PainPointEventKind.RESTORED]: "wiederhergestellt",
    [PainPointEventKind.UNDONE]: "rückgängig gemacht",
  },
  byDiscovery: "Entdeckung",
  similar: "Ähnliche Schmerzpunkte",
  similarText: "Geht es um dasselbe, legen Sie sie zusammen.",
  allMentions: "Alle Aussagen",
  withWeak: "auch schwach zugehörige",
  openComment: "Kommentar öffnen",
  rename: "Umbenennen",
  newName: "Name",
  newNameHint: "Leer gibt ihm wieder den Namen der Maschine.",
  merge: "Zusammenlegen",
  mergeText: (name) => `„${name}“ geht in diesem Schmerzpunkt auf. Entdeckungen halten sie zusammen.`,
  split: "Teilen",
  splitText: "Teilt ihn nach dem, was die Aussagen sagen. Der größte Teil behält Namen und Geschichte.",
  dismiss: "Verwerfen",
  dismissText: "Er verschwindet aus den Listen, behält seine Aussagen und wird wiedererkannt.",
  restore: "Wiederherstellen",
  undo: "Letzte Änderung zurücknehmen",
  cancel: "Abbrechen",
  done: "Erledigt.",
  indivisible: "Er hat nur einen Teil und lässt sich nicht teilen.",
  nothingToUndo: "Es gibt keine Änderung, die sich zurücknehmen ließe.",
};

const en: PainPointWords = {
  title: "Pain points",
  found: (count, one) => (one ? `${count} pain point` : `${count} pain points`),
  none: "No pain point matches",
  noneYet: "No pain points yet",
  noneHint: "A discovery brings together what customers complain about in every channel. It mostly takes less than a minute.",
  toOperations: "To the discovery",
  search: "Name or word",
  state: "State",
  states: {
    [PainPointState.UNSPECIFIED]: "unknown",
    [PainPointState.ACTIVE]: "active",
    [PainPointState.DISMISSED]: "dismissed",
    [PainPointState.MERGED]: "merged",
    [PainPointState.RESOLVED]: "over",
  },
  sortBy: "Sort by",
  sorts: {
    [SortPainPointsBy.UNSPECIFIED]: "Severity",
    [SortPainPointsBy.SEVERITY]: "Severity",
    [SortPainPointsBy.MENTIONS]: "Mentions",
    [SortPainPointsBy.HIDDENNESS]: "Hiddenness",
    [SortPainPointsBy.TREND]: "Trend",
    [SortPainPointsBy.LAST_SEEN]: "Last seen",
    [SortPainPointsBy.BORN]: "Discovered",
  },
  name: "Pain point",
  severity: "Severity",
  severityHint: "0 to 1: how much it hurts and how often",
  hiddenness: "Hiddenness",
  hiddennessHint: "0 to 1: how little of it today's measuring shows",
  mentions: "Mentions",
  trend: "Trend",
  channels: "Channels",
  emerging: "new and growing",
  more: "Load more",
  export: "Save as CSV",
  slope: (points) => `${points} pp a week`,
  steady: "steady",
  back: "All pain points",
  machineName: (name) => `The machine's name: ${name}`,
  namedBy: (person) => `named by ${person}`,
  mergedInto: "It went into another one:",
  born: (day) => `discovered ${day}`,
  seen: (from, until) => `seen ${from} – ${until}`,
  quotes: "What customers say",
  copies: (count) => `${count} times nearly the same`,
  share: (percent) => `${percent} of all complaints`,
  comments: "comments",
  weak: (count) => `and ${count} mentions that belong weakly`,
  sentiment: "Sentiment",
  unexplained: "without touchpoint and topic",
  spread: "evenly over the channels",
  masked: "beside a good score",
  handover: (from, to, share) => `Sits on the handover from ${from} to ${to} (${share}).`,
  mix: "Where it happens",
  touchpoints: "Touchpoints",
  owners: "Owners",
  topics: "Topics",
  frictions: "Friction",
  without: "none",
  volume: "Share over time",
  volumeText: "Share of all mentions, with its 95 % band after Wilson.",
  periods: {
    [Period.UNSPECIFIED]: "Week",
    [Period.DAY]: "Day",
    [Period.WEEK]: "Week",
    [Period.MONTH]: "Month",
  },
  period: "One point is a",
  asTable: "As a table",
  interval: (low, high) => `${low} to ${high}`,
  of: (count, all) => `${count} of ${all}`,
  noTest: "Too few weeks to test for a trend.",
  test: (p, weeks) => `Cochran-Armitage over ${weeks} weeks, p = ${p}`,
  contrasts: "Against the other comments",
  contrastsText: "Difference of the means with its 95 % interval after Welch. An interval that does not touch zero is more than chance.",
  figure: "Figure",
  here: "here",
  elsewhere: "elsewhere",
  difference: "Difference",
  events: "What has happened",
  eventKinds: {
    [PainPointEventKind.UNSPECIFIED]: "unknown",
    [PainPointEventKind.BORN]: "discovered",
    [PainPointEventKind.DIVIDED]: "divided by a discovery",
    [PainPointEventKind.JOINED]: "joined by a discovery",
    [PainPointEventKind.RESOLVED]: "not found any more",
    [PainPointEventKind.CAME_AGAIN]: "came again",
    [PainPointEventKind.GROWING]: "growing faster than chance explains",
    [PainPointEventKind.RENAMED]: "renamed",
    [PainPointEventKind.MERGED]: "merged",
    [PainPointEventKind.SPLIT]: "split",
    [PainPointEventKind.DISMISSED]: "dismissed",
    [PainPointEventKind.RESTORED]: "restored",
    [PainPointEventKind.UNDONE]: "undone",
  },
  byDiscovery: "discovery",
  similar: "Similar pain points",
  similarText: "If they are about the same, merge them.",
  allMentions: "All mentions",
  withWeak: "those that belong weakly too",
  openComment: "Open the comment",
  rename: "Rename",
  newName: "Name",
  newNameHint: "Empty gives it the machine's name again.",
  merge: "Merge",
  mergeText: (name) => `“${name}” goes into this pain point. Discoveries keep them together.`,
  split: "Split",
  splitText: "Divides it by what its mentions say. The largest part keeps name and history.",
  dismiss: "Dismiss",
  dismissText: "It leaves the lists, keeps its mentions, and is recognised when it comes again.",
  restore: "Restore",
  undo: "Take back the last change",
  cancel: "Cancel",
  done: "Done.",
  indivisible: "It has one part only and cannot be split.",
  nothingToUndo: "There is no change that could be taken back.",
};

export const painPointWords: Record<Language, PainPointWords> = { de, en };
