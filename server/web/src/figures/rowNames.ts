import { nameOf, valueOf } from "../api/enums";
import type { Facet } from "../comments/query";
import { Channel, ChannelSchema, SurveyKind, SurveyKindSchema } from "../gen/klartext/v1/comment_pb";
import { FrictionKind, FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import { JourneyDimension, type JourneyRow } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import type { Messages } from "../i18n/en";

type Named = Pick<JourneyRow, "value" | "name">;

interface RowNames {
  /** A row's name in the reader's language, as far as it is not the journey's own. */
  name(row: Named): string;
  /** Which condition selects a row's comments. */
  facets(row: Named): Partial<Record<Facet, string[]>>;
}

/** What the values of a dimension are called, and how to ask for their comments. */
export function useRowNames(dimension: JourneyDimension): RowNames {
  return rowNamesOf(dimension, useMessages());
}

export function rowNamesOf(dimension: JourneyDimension, { labels }: Messages): RowNames {
  const channel = (value: string) => valueOf<Channel>(ChannelSchema, value) ?? Channel.UNSPECIFIED;
  const survey = (value: string) => valueOf<SurveyKind>(SurveyKindSchema, value) ?? SurveyKind.UNSPECIFIED;
  const friction = (value: string) => valueOf<FrictionKind>(FrictionKindSchema, value) ?? FrictionKind.UNSPECIFIED;
  switch (dimension) {
    case JourneyDimension.PHASE:
      return { name: ({ value }) => labels.phase[value] ?? value, facets: ({ value }) => ({ phase: [value] }) };
    case JourneyDimension.OWNER:
      return { name: ({ value }) => value, facets: ({ value }) => ({ owner: [value] }) };
    case JourneyDimension.CHANNEL:
      return {
        name: ({ value }) => labels.channel[channel(value)],
        facets: ({ value }) => ({ channel: [nameOf(ChannelSchema, channel(value))] }),
      };
    case JourneyDimension.TOPIC:
      return { name: ({ name, value }) => name || value, facets: ({ value }) => ({ topic: [value] }) };
    case JourneyDimension.FRICTION:
      return {
        name: ({ value }) => labels.friction[friction(value)],
        facets: ({ value }) => ({ friction: [nameOf(FrictionKindSchema, friction(value))] }),
      };
    case JourneyDimension.SURVEY_KIND:
      return {
        name: ({ value }) => labels.surveyKind[survey(value)],
        facets: ({ value }) => ({ survey: [nameOf(SurveyKindSchema, survey(value))] }),
      };
    case JourneyDimension.HANDOVER:
      return { name: ({ value }) => value.replace(" -> ", " → "), facets: ({ value }) => ({ handover: [value] }) };
    case JourneyDimension.GIVEN_TOUCHPOINT:
      return { name: ({ name, value }) => name || value, facets: ({ value }) => ({ asked: [value] }) };
    default:
      return { name: ({ name, value }) => name || value, facets: ({ value }) => ({ touchpoint: [value] }) };
  }
}
