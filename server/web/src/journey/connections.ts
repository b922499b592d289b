import { scaleSqrt } from "d3-scale";

import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { apart, curveOf, placeNear, portsOf, type Curve, type Hanger } from "./curves";
import type { Layout, PlacedCard } from "./layout";
import type { Passage, Place } from "./passages";

export const MOST_DRAWN = 14;
const THINNEST = 1.5;
const THICKEST = 8;
/** Where in the gap between two columns a mark hangs on its line, from the card on: a share of the gap. */
const IN_GAP = 0.42;

export interface DrawnPassage {
  passage: Passage;
  curve: Curve;
  weight: number;
  pill: Hanger;
}

/** A hidden pain point with its number; `curve` where it needs a line of its own. */
export interface DrawnPainPoint {
  painPoint: PainPoint;
  number: number;
  place: Place;
  mark: Hanger | undefined;
  curve: Curve | undefined;
}

export interface Connections {
  /** Those that customers tell of most. */
  told: DrawnPassage[];
  /** Those of the journey of which nobody speaks. */
  silent: { value: string; curve: Curve }[];
  painPoints: DrawnPainPoint[];
}

interface Line {
  key: string;
  from: PlacedCard;
  to: PlacedCard;
}

const middleOf = (card: PlacedCard) => card.y + card.height / 2;

/** Curves between cards, none of which begins or ends where another does. */
function curvesOf(lines: Line[], gutter: number): Map<string, Curve> {
  const sides = new Map<string, { card: PlacedCard; others: { key: string; y: number }[] }>();
  const touch = (card: PlacedCard, isRight: boolean, key: string, y: number) => {
    const side = `${card.touchpoint.id} ${isRight}`;
    const touched = sides.get(side) ?? { card, others: [] };
    touched.others.push({ key, y });
    sides.set(side, touched);
  };
  for (const { key, from, to } of lines) {
    touch(from, to.column >= from.column, `${key} start`, middleOf(to));
    touch(to, to.column <= from.column, `${key} end`, middleOf(from));
  }
  const ports = new Map([...sides.values()].flatMap(({ card, others }) => [...portsOf(card, others)]));
  return new Map(
    lines.map(({ key, from, to }) => {
      const [start, end] = [ports.get(`${key} start`) ?? middleOf(from), ports.get(`${key} end`) ?? middleOf(to)];
      return [key, curveOf(from, to, start, end, gutter)];
    }),
  );
}

interface Hidden {
  painPoint: PainPoint;
  place: Place;
}

/** A passage between the same two touchpoints, whichever way it goes. */
function passageBetween(passages: Passage[], one: string, other: string): Passage | undefined {
  return passages.find(({ ends }) => ends && [ends.from, ends.to].includes(one) && [ends.from, ends.to].includes(other));
}

/** Where the numbers of hidden pain points hang: on their line, on that of a handover, or beside their touchpoint. */
function marksOf(hidden: Hidden[], told: Passage[], curves: Map<string, Curve>, layout: Layout): Hanger[] {
  return hidden.flatMap(({ painPoint: { painPointId: key }, place }) => {
    if (place.kind === "nowhere") return [];
    if (place.kind === "at") {
      const card = layout.cards.find(({ touchpoint }) => touchpoint.id === place.touchpoint);
      return card ? [{ key, x: card.x + card.width + layout.gutter / 4, y: card.y + 14 }] : [];
    }
    const own = curves.get(key);
    const curve = own ?? curves.get(passageBetween(told, place.from, place.to)?.value ?? "");
    return curve ? [hangerOn(key, placeNear(curve, own ? "end" : "start", layout.gutter * IN_GAP))] : [];
  });
}

/** Lines between cards: of passages by their value, of pain points by their id where no told passage joins the same two. */
function linesOf(passages: Passage[], told: Passage[], hidden: Hidden[], { cards }: Layout): Line[] {
  const cardOf = new Map(cards.map((card) => [card.touchpoint.id, card]));
  const lineOf = (key: string, from: string, to: string): Line[] => {
    const [start, end] = [cardOf.get(from), cardOf.get(to)];
    return start && end && start !== end ? [{ key, from: start, to: end }] : [];
  };
  const ofPassages = passages.flatMap(({ value, ends }) => (ends ? lineOf(value, ends.from, ends.to) : []));
  const ofPainPoints = hidden.flatMap(({ painPoint, place }) =>
    place.kind === "between" && !passageBetween(told, place.from, place.to)
      ? lineOf(painPoint.painPointId, place.from, place.to)
      : [],
  );
  return [...ofPassages, ...ofPainPoints];
}

/** What is drawn between the cards, and where the marks on it hang so that none covers another. */
export function connectionsOf(layout: Layout, passages: Passage[], hidden: Hidden[]): Connections {
  const drawn = passages.filter(({ ends }) => ends);
  const told = drawn.filter(({ row }) => row).slice(0, MOST_DRAWN);
  const silent = drawn.filter(({ row }) => !row);
  const curves = curvesOf(linesOf([...told, ...silent], told, hidden, layout), layout.gutter);
  const commentsOf = ({ row }: Passage) => Number(row?.figures?.comments ?? 0);
  const weightOf = scaleSqrt([0, Math.max(1, ...told.map(commentsOf))], [THINNEST, THICKEST]);

  const pills = told.flatMap(({ value }) => {
    const curve = curves.get(value);
    return curve ? [hangerOn(`pill ${value}`, placeNear(curve, "end", layout.gutter * IN_GAP))] : [];
  });
  const hangers = apart([...pills, ...marksOf(hidden, told, curves, layout)], layout);
  const placed = new Map(hangers.map((hanger) => [hanger.key, hanger]));

  return {
    told: told.flatMap((passage) => {
      const [curve, pill] = [curves.get(passage.value), placed.get(`pill ${passage.value}`)];
      return curve && pill ? [{ passage, curve, weight: weightOf(commentsOf(passage)), pill }] : [];
    }),
    silent: silent.flatMap(({ value }) => {
      const curve = curves.get(value);
      return curve ? [{ value, curve }] : [];
    }),
    painPoints: hidden.map(({ painPoint, place }, at) => ({
      painPoint,
      number: at + 1,
      place,
      mark: placed.get(painPoint.painPointId),
      curve: curves.get(painPoint.painPointId),
    })),
  };
}

function hangerOn(key: string, [x, y]: [number, number]): Hanger {
  return { key, x, y };
}
