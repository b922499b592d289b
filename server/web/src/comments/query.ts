import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { nameOf, valueOf } from "../api/enums";
import { endOfDay, startOfDay } from "../api/times";
import {
  ChannelSchema,
  CommentFilterSchema,
  ScoreKind,
  ScoreKindSchema,
  SortBy,
  SortBySchema,
  SurveyKindSchema,
  type CommentFilter,
} from "../gen/klartext/v1/comment_pb";
import { ActionKindSchema, FrictionKindSchema, PolaritySchema } from "../gen/klartext/v1/insight_pb";

/** Conditions of which any of several values is enough, by the name they have in an address. */
export const FACETS = [
  "touchpoint",
  "owner",
  "phase",
  "topic",
  "meant",
  "friction",
  "channel",
  "source",
  "journey",
  "language",
  "survey",
  "subject",
  "sentiment",
  "action",
  "handover",
  "asked",
] as const;
export type Facet = (typeof FACETS)[number];

export const SCORE_KINDS = [ScoreKind.NPS, ScoreKind.CSAT, ScoreKind.STARS, ScoreKind.SENTIMENT, ScoreKind.SEVERITY];

export interface Range {
  min?: number | undefined;
  max?: number | undefined;
}

/** What a reader asked for. Its only home is the page's address. */
export interface CommentQuery {
  /** Searched by meaning; empty lists instead. */
  text: string;
  /** A mention, "<comment id>.<index>", whose like is searched; empty for none. */
  like: string;
  facets: Record<Facet, string[]>;
  /** Days, both inclusive; empty is open. */
  from: string;
  until: string;
  scores: Partial<Record<ScoreKind, Range>>;
  sort: SortBy;
  ascending: boolean;
}

/** Conditions on a mention: all of them must hold for one and the same. */
export const MENTION_FACETS = ["touchpoint", "owner", "phase", "topic", "meant", "friction"] as const;

const RANGE_SEPARATOR = "..";

function scoreParameter(kind: ScoreKind): string {
  return `score.${nameOf(ScoreKindSchema, kind)}`;
}

function readNumber(text: string | undefined): number | undefined {
  const number = text ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}

function readScores(parameters: URLSearchParams): CommentQuery["scores"] {
  const scores: CommentQuery["scores"] = {};
  for (const kind of SCORE_KINDS) {
    const [min, max] = (parameters.get(scoreParameter(kind)) ?? "").split(RANGE_SEPARATOR).map(readNumber);
    if (min !== undefined || max !== undefined) scores[kind] = { min, max };
  }
  return scores;
}

export function readQuery(parameters: URLSearchParams): CommentQuery {
  return {
    text: parameters.get("q") ?? "",
    like: parameters.get("like") ?? "",
    facets: Object.fromEntries(FACETS.map((facet) => [facet, parameters.getAll(facet)])) as CommentQuery["facets"],
    from: parameters.get("from") ?? "",
    until: parameters.get("until") ?? "",
    scores: readScores(parameters),
    sort: valueOf<SortBy>(SortBySchema, parameters.get("sort") ?? "") ?? SortBy.TIME,
    ascending: parameters.get("order") === "ascending",
  };
}

export function writeQuery(query: CommentQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  const put = (name: string, value: string) => value && parameters.append(name, value);
  put("q", query.text);
  put("like", query.like);
  for (const facet of FACETS) query.facets[facet].forEach((value) => put(facet, value));
  put("from", query.from);
  put("until", query.until);
  for (const kind of SCORE_KINDS) {
    const range = query.scores[kind];
    if (range) put(scoreParameter(kind), `${range.min ?? ""}${RANGE_SEPARATOR}${range.max ?? ""}`);
  }
  if (query.sort !== SortBy.TIME) put("sort", nameOf(SortBySchema, query.sort));
  if (query.ascending) put("order", "ascending");
  return parameters;
}

/** The same without conditions on mentions. */
export function ofAllMentions(query: CommentQuery): CommentQuery {
  const none = Object.fromEntries(MENTION_FACETS.map((facet) => [facet, []])) as Partial<CommentQuery["facets"]>;
  return { ...query, facets: { ...query.facets, ...none } };
}

export function isSearch(query: CommentQuery): boolean {
  return query.text.trim() !== "" || query.like !== "";
}

/** How many conditions hold. */
export function conditionCount(query: CommentQuery): number {
  const facets = FACETS.reduce((count, facet) => count + query.facets[facet].length, 0);
  return facets + Object.keys(query.scores).length + (query.from || query.until ? 1 : 0);
}

export function toFilter(query: CommentQuery): CommentFilter {
  const { facets } = query;
  const values = <T extends number>(schema: Parameters<typeof valueOf>[0], names: string[]): T[] =>
    names.map((name) => valueOf<T>(schema, name)).filter((value) => value !== undefined);
  const filter: MessageInitShape<typeof CommentFilterSchema> = {
    channels: values(ChannelSchema, facets.channel),
    sources: facets.source,
    journeys: facets.journey,
    languages: facets.language,
    surveyKinds: values(SurveyKindSchema, facets.survey),
    subjects: facets.subject,
    sentiments: values(PolaritySchema, facets.sentiment),
    actions: values(ActionKindSchema, facets.action),
    handovers: facets.handover,
    givenTouchpoints: facets.asked,
    scores: SCORE_KINDS.flatMap((kind) => (query.scores[kind] ? [{ kind, ...query.scores[kind] }] : [])),
  };
  const from = startOfDay(query.from);
  const until = endOfDay(query.until);
  if (from || until) filter.time = { ...(from && { from }), ...(until && { until }) };
  const { touchpoint, owner, phase, topic, meant, friction } = facets;
  if (MENTION_FACETS.some((facet) => facets[facet].length > 0)) {
    filter.mention = {
      touchpoints: touchpoint,
      owners: owner,
      phases: phase,
      topics: topic,
      sentiments: values(PolaritySchema, meant),
      frictions: values(FrictionKindSchema, friction),
    };
  }
  return create(CommentFilterSchema, filter);
}
