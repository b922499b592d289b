import { scaleLinear } from "d3-scale";

import { dateOf } from "../api/times";
import { Channel, ChannelSchema } from "../gen/klartext/v1/comment_pb";
import { Polarity } from "../gen/klartext/v1/insight_pb";
import type { MapPoint, PainPoint } from "../gen/klartext/v1/painpoint_pb";
import type { JourneyInfo } from "../gen/klartext/v1/system_pb";
import { valuesOf } from "../api/enums";
import { titleOf } from "../painpoints/titleOf";
import type { Messages } from "../i18n/en";
import type { Format } from "../i18n/format";

export const COLOURINGS = ["painPoint", "touchpoint", "channel", "sentiment", "time"] as const;
export type Colouring = (typeof COLOURINGS)[number];

type Colour = [red: number, green: number, blue: number];

export interface LegendEntry {
  key: string;
  name: string;
  colour: Colour;
}

/** What every point is coloured by, and what the colours mean. */
export interface Colours {
  legend: LegendEntry[];
  of(point: MapPoint): { key: string; colour: Colour };
}

// Okabe and Ito's colours, which colour-blind readers tell apart; dark and light enough for both themes.
const PALETTE: Colour[] = [
  [213, 94, 0],
  [0, 114, 178],
  [0, 158, 115],
  [204, 121, 167],
  [230, 159, 0],
  [86, 180, 233],
  [140, 118, 20],
  [120, 94, 180],
];
const OTHER: Colour = [140, 140, 140];
const OTHER_KEY = "";
const NEGATIVE: Colour = [213, 94, 0];
const POSITIVE: Colour = [0, 114, 178];
const EARLY: Colour = [68, 1, 84];
const MIDDLE: Colour = [33, 144, 140];
const LATE: Colour = [230, 190, 30];

/** The most frequent values get a colour each, all others share one. */
function byFrequency(points: MapPoint[], keyOf: (point: MapPoint) => string, nameOf: (key: string) => string, other: string): Colours {
  const counts = new Map<string, number>();
  for (const point of points) {
    const key = keyOf(point);
    if (key !== OTHER_KEY) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const keys = [...counts].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  const colours = new Map(keys.slice(0, PALETTE.length).map((key, index) => [key, PALETTE[index] ?? OTHER]));
  const legend = [...colours].map(([key, colour]) => ({ key, name: nameOf(key), colour }));
  return {
    legend: [...legend, { key: OTHER_KEY, name: other, colour: OTHER }],
    of: (point) => {
      const key = keyOf(point);
      const colour = colours.get(key);
      return colour ? { key, colour } : { key: OTHER_KEY, colour: OTHER };
    },
  };
}

function byTime(points: MapPoint[], format: Format): Colours {
  const times = points.flatMap((point) => dateOf(point.time)?.getTime() ?? []);
  const [first, last] = [times.reduce((a, b) => Math.min(a, b), Infinity), times.reduce((a, b) => Math.max(a, b), 0)];
  const scale = scaleLinear<Colour>([first, (first + last) / 2, last], [EARLY, MIDDLE, LATE]);
  const at = [first, (first + last) / 2, last];
  return {
    legend: at.filter(Number.isFinite).map((time) => ({
      key: String(time),
      name: format.month(new Date(time)),
      colour: scale(time),
    })),
    of: (point) => ({ key: "", colour: scale(dateOf(point.time)?.getTime() ?? first) }),
  };
}

export function coloursOf(
  colouring: Colouring,
  points: MapPoint[],
  context: { painPoints: PainPoint[]; journey: JourneyInfo | undefined; messages: Messages; format: Format; other: string },
): Colours {
  const { painPoints, journey, messages, format, other } = context;
  switch (colouring) {
    case "painPoint": {
      const names = new Map(painPoints.map((painPoint) => [painPoint.painPointId, titleOf(painPoint)]));
      return byFrequency(points, (point) => point.painPointId, (key) => names.get(key) ?? other, other);
    }
    case "touchpoint": {
      const names = new Map(journey?.touchpoints.map(({ id, name }) => [id, name]));
      return byFrequency(points, (point) => point.touchpoint, (key) => names.get(key) ?? key, other);
    }
    case "channel": {
      const channels = new Map(valuesOf<Channel>(ChannelSchema).map((channel) => [String(channel), channel]));
      const name = (key: string) => messages.labels.channel[channels.get(key) ?? Channel.UNSPECIFIED];
      return byFrequency(points, (point) => (point.channel ? String(point.channel) : ""), name, other);
    }
    case "sentiment": {
      const colours = new Map([
        [Polarity.NEGATIVE, NEGATIVE],
        [Polarity.NEUTRAL, OTHER],
        [Polarity.POSITIVE, POSITIVE],
      ]);
      return {
        legend: [...colours].map(([polarity, colour]) => ({
          key: String(polarity),
          name: messages.labels.polarity[polarity],
          colour,
        })),
        of: ({ sentiment }) => ({ key: String(sentiment), colour: colours.get(sentiment) ?? OTHER }),
      };
    }
    case "time":
      return byTime(points, format);
  }
}
