import { nameOf, valuesOf } from "../api/enums";
import { journeyOf, ownersOf, passagesOf } from "../api/journeys";
import { Channel, ChannelSchema, SurveyKind, SurveyKindSchema } from "../gen/klartext/v1/comment_pb";
import {
  ActionKind,
  ActionKindSchema,
  FrictionKind,
  FrictionKindSchema,
  Polarity,
  PolaritySchema,
} from "../gen/klartext/v1/insight_pb";
import type { InfoResponse } from "../gen/klartext/v1/system_pb";
import type { Messages } from "../i18n/en";
import type { Choice } from "../ui/CheckList";
import type { Facet } from "./query";

type EnumSchema = Parameters<typeof valuesOf>[0];

function ofEnum<T extends number>(schema: EnumSchema, names: Record<T, string>, values = valuesOf<T>(schema)): Choice[] {
  return values.map((value) => ({ value: nameOf(schema, value), name: names[value] }));
}

/** What there is to choose from; a facet without an entry takes any word. */
export function facetChoices(
  info: InfoResponse | undefined,
  journeyId: string | undefined,
  messages: Messages,
): Partial<Record<Facet, Choice[]>> {
  const { labels } = messages;
  const journey = journeyOf(info, journeyId);
  const touchpoints = journey?.touchpoints.map(({ id, name, owner }) => ({ value: id, name, hint: owner })) ?? [];
  const meant = [Polarity.NEGATIVE, Polarity.NEUTRAL, Polarity.POSITIVE];
  return {
    touchpoint: touchpoints,
    owner: ownersOf(journey).map((owner) => ({ value: owner, name: owner })),
    phase: Object.entries(labels.phase).map(([value, name]) => ({ value, name })),
    topic: journey?.topics.map(({ id, name }) => ({ value: id, name })) ?? [],
    meant: ofEnum<Polarity>(PolaritySchema, labels.polarity, meant),
    friction: ofEnum<FrictionKind>(FrictionKindSchema, labels.friction),
    channel: ofEnum<Channel>(ChannelSchema, labels.channel),
    journey: info?.journeys.map(({ id, name }) => ({ value: id, name })) ?? [],
    language: Object.entries(labels.language).map(([value, name]) => ({ value, name })),
    survey: ofEnum<SurveyKind>(SurveyKindSchema, labels.surveyKind),
    sentiment: ofEnum<Polarity>(PolaritySchema, labels.polarity),
    action: ofEnum<ActionKind>(ActionKindSchema, labels.action),
    handover: passagesOf(journey).map((passage) => ({ value: passage, name: passage.replace(" -> ", " → ") })),
    asked: touchpoints,
  };
}

export function facetTitles({ filters }: Messages): Record<Facet, string> {
  return {
    touchpoint: filters.touchpoint,
    owner: filters.owner,
    phase: filters.phase,
    topic: filters.topic,
    meant: filters.mentionSentiment,
    friction: filters.friction,
    channel: filters.channel,
    source: filters.source,
    journey: filters.journey,
    language: filters.language,
    survey: filters.surveyKind,
    subject: filters.subject,
    sentiment: filters.sentiment,
    action: filters.action,
    handover: filters.handover,
    asked: filters.asked,
  };
}
