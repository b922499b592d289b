import type { Language } from "../app/preferences";
import { MeasureFigure } from "../gen/klartext/v1/measure_pb";

export interface MeasuresWords {
  title: string;
  text: string;
  found(count: string, one: boolean): string;
  none: string;
  noneHint: string;
  create: string;
  change: string;
  remove: string;
  removeText: string;
  back: string;
  name: string;
  note: string;
  place: string;
  placeKinds: Record<"touchpoint" | "handover" | "painPoint", string>;
  doneBy: string;
  doneByHint: string;
  start: string;
  rolledOut: string;
  rolledOutHint: string;
  save: string;
  cancel: string;
  export: string;
  recordedBy(person: string): string;
  effect: string;
  effectText: string;
  weeks: string;
  weekCount(count: number): string;
  figure: string;
  figures: Record<MeasureFigure, string>;
  before: string;
  after: string;
  changed: string;
  elsewhere: string;
  did: string;
  helped: string;
  harmed: string;
  unclear: string;
  drifted: string;
  few: string;
  overlapping: string;
  chart: string;
  chartText: string;
  startMark: string;
  rolledOutMark: string;
  notYet: string;
  more: string;
}

const de: MeasuresWords = {
  title: "Maßnahmen",
  text: "Was jemand getan hat, wo und ab wann: davor und danach, gegen alles andere in derselben Zeit.",
  found: (count, one) => (one ? `${count} Maßnahme` : `${count} Maßnahmen`),
  none: "Noch keine Maßnahme festgehalten",
  noneHint: "Halten Sie fest, was Sie an einem Kontaktpunkt ändern. Dann zeigt sich, ob es geholfen hat.",
  create: "Maßnahme festhalten",
  change: "Ändern",
  remove: "Löschen",
  removeText: "Sie verschwindet aus den Listen und aus den Verläufen.",
  back: "Alle Maßnahmen",
  name: "Was wurde getan?",
  note: "Notiz",
  place: "Wo",
  placeKinds: { touchpoint: "Kontaktpunkt", handover: "Übergabe", painPoint: "Schmerzpunkt" },
  doneBy: "Von wem",
  doneByHint: "Leer: die zuständige Abteilung",
  start: "Ab wann",
  rolledOut: "Überall eingeführt am",
  rolledOutHint: "Leer: sofort. Die Zeit dazwischen zählt weder davor noch danach.",
  save: "Festhalten",
  cancel: "Abbrechen",
  export: "Als CSV speichern",
  recordedBy: (person) => `festgehalten von ${person}`,
  effect: "Hat es geholfen?",
  effectText: "Der Unterschied der Veränderungen: was sich hier geändert hat, weniger das, was sich in derselben Zeit anderswo geändert hat. Mit 95-%-Intervall.",
  weeks: "Davor und danach",
  weekCount: (count) => `${count} Wochen`,
  figure: "Zahl",
  figures: {
    [MeasureFigure.UNSPECIFIED]: "",
    [MeasureFigure.NET_SENTIMENT]: "Netto-Stimmung",
    [MeasureFigure.MEAN_SENTIMENT]: "Mittlere Stimmung",
    [MeasureFigure.NPS]: "NPS",
    [MeasureFigure.CSAT]: "CSAT",
    [MeasureFigure.NEGATIVE_SHARE]: "Anteil an den Klagen (%)",
    [MeasureFigure.WAITING]: "Warten (%)",
    [MeasureFigure.REPEATED_CONTACT]: "Wiederholter Kontakt (%)",
    [MeasureFigure.UNCERTAINTY]: "Ungewissheit (%)",
    [MeasureFigure.DEAD_END]: "Sackgasse (%)",
  },
  before: "davor",
  after: "danach",
  changed: "hier verändert um",
  elsewhere: "anderswo um",
  did: "Wirkung",
  helped: "hat geholfen",
  harmed: "hat geschadet",
  unclear: "nicht von Zufall zu unterscheiden",
  drifted: "Schon davor lief es auseinander: das kann ein alter Trend sein.",
  few: "wenige Antworten",
  overlapping: "In derselben Zeit am selben Ort:",
  chart: "Netto-Stimmung Woche für Woche",
  chartText: "Durchgezogen mit Band: hier. Gestrichelt: anderswo.",
  startMark: "Beginn",
  rolledOutMark: "überall eingeführt",
  notYet: "Noch ist nichts danach gesagt worden.",
  more: "Weitere zeigen",
};

const en: MeasuresWords = {
  title: "Measures",
  text: "What somebody has done, where and from when: before and after, against everything else in the same time.",
  found: (count, one) => (one ? `${count} measure` : `${count} measures`),
  none: "No measure recorded yet",
  noneHint: "Record what you change at a touchpoint. Then it shows whether it has helped.",
  create: "Record a measure",
  change: "Change",
  remove: "Delete",
  removeText: "It goes from the lists and from the trends.",
  back: "All measures",
  name: "What was done?",
  note: "Note",
  place: "Where",
  placeKinds: { touchpoint: "Touchpoint", handover: "Handover", painPoint: "Pain point" },
  doneBy: "By whom",
  doneByHint: "Empty: the department responsible",
  start: "From when",
  rolledOut: "Rolled out everywhere on",
  rolledOutHint: "Empty: at once. The time in between is neither before nor after.",
  save: "Record",
  cancel: "Cancel",
  export: "Save as CSV",
  recordedBy: (person) => `recorded by ${person}`,
  effect: "Has it helped?",
  effectText: "The difference of the differences: what has changed here less what has changed elsewhere in the same time. With its 95 % interval.",
  weeks: "Before and after",
  weekCount: (count) => `${count} weeks`,
  figure: "Figure",
  figures: {
    [MeasureFigure.UNSPECIFIED]: "",
    [MeasureFigure.NET_SENTIMENT]: "Net sentiment",
    [MeasureFigure.MEAN_SENTIMENT]: "Mean sentiment",
    [MeasureFigure.NPS]: "NPS",
    [MeasureFigure.CSAT]: "CSAT",
    [MeasureFigure.NEGATIVE_SHARE]: "Share of complaints (%)",
    [MeasureFigure.WAITING]: "Waiting (%)",
    [MeasureFigure.REPEATED_CONTACT]: "Repeated contact (%)",
    [MeasureFigure.UNCERTAINTY]: "Uncertainty (%)",
    [MeasureFigure.DEAD_END]: "Dead end (%)",
  },
  before: "before",
  after: "after",
  changed: "changed here by",
  elsewhere: "elsewhere by",
  did: "Effect",
  helped: "has helped",
  harmed: "has harmed",
  unclear: "cannot be told from chance",
  drifted: "They drifted apart before already: it may be an old trend.",
  few: "few answers",
  overlapping: "In the same time at the same place:",
  chart: "Net sentiment week by week",
  chartText: "Solid with a band: here. Dashed: elsewhere.",
  startMark: "beginning",
  rolledOutMark: "rolled out everywhere",
  notYet: "Nothing has been said after it yet.",
  more: "Show more",
};

export const measuresWords: Record<Language, MeasuresWords> = { de, en };
