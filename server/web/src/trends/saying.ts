import { JourneyFigure } from "../gen/klartext/v1/journey_pb";
import type { Format } from "../i18n/format";
import { frictionOf, type Figure } from "./figure";
import type { TrendsWords } from "./words";

/** How a figure is written. */
export function sayingOf(figure: Figure, format: Format): (value: number) => string {
  if (frictionOf(figure) !== undefined) return format.percent;
  switch (figure) {
    case "csat":
      return format.tenth;
    case "mentions":
      return format.count;
    default:
      return format.points;
  }
}

/** How a figure that has changed is written, and by how much it has: shares differ by percentage points. */
export function changeSayingOf(figure: JourneyFigure, format: Format, words: TrendsWords) {
  switch (figure) {
    case JourneyFigure.NET_SENTIMENT:
    case JourneyFigure.NPS:
      return { value: format.points, difference: format.points };
    case JourneyFigure.CSAT:
      return { value: format.decimal, difference: format.signed };
    default:
      return {
        value: format.percent,
        difference: (share: number) => words.percentagePoints(format.points(share * 100)),
      };
  }
}
