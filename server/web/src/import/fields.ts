/** What a column can be. */
export const FIELDS = [
  "text",
  "source",
  "externalId",
  "time",
  "channel",
  "nps",
  "csat",
  "stars",
  "question",
  "touchpoint",
  "journey",
  "language",
  "surveyKind",
  "subject",
] as const;
export type Field = (typeof FIELDS)[number];

/** Names that such columns have in German and English files. */
const USUAL_NAMES: Record<Field, RegExp> = {
  text: /^(text|kommentar|comment|freitext|feedback|verbatim|review|nachricht|message|antwort|answer|bewertungstext)/i,
  source: /^(source|quelle|system|herkunft)$/i,
  externalId: /^(external.?id|id|nr\.?|nummer|kennung|case.?id|ticket.?id|response.?id)$/i,
  time: /^(time|zeit|zeitpunkt|datum|date|timestamp|created.*|erstellt.*|eingang.*)$/i,
  channel: /^(channel|kanal)$/i,
  nps: /^nps/i,
  csat: /^(csat|zufriedenheit)/i,
  stars: /^(stars|sterne|rating)$/i,
  question: /^(question|frage)$/i,
  touchpoint: /^(touchpoint|kontaktpunkt)$/i,
  journey: /^(journey|kundenreise)$/i,
  language: /^(language|sprache|lang)$/i,
  surveyKind: /^(survey.?kind|befragungsart)$/i,
  subject: /^(subject|person|pseudonym|customer.?(id|no)|kunden.?(id|nr|nummer))$/i,
};

/** Which column is which field; a field without one has a value for every row, or nothing. */
export interface Mapping {
  columns: Partial<Record<Field, string>>;
  everyRow: Partial<Record<Field, string>>;
  /** Columns that are kept as attributes under their names. */
  attributes: string[];
}

export function suggestMapping(columns: string[], fileName: string): Mapping {
  const free = new Set(columns);
  const mapping: Mapping = { columns: {}, everyRow: {}, attributes: [] };
  for (const field of FIELDS) {
    const column = [...free].find((name) => USUAL_NAMES[field].test(name.trim()));
    if (column === undefined) continue;
    mapping.columns[field] = column;
    free.delete(column);
  }
  if (!mapping.columns.source) mapping.everyRow.source = fileName.replace(/\.[^.]*$/, "");
  return mapping;
}
