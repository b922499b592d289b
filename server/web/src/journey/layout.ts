import type { TouchpointInfo } from "../gen/klartext/v1/system_pb";

/** The phases in the customer's order. */
export const PHASES = ["awareness", "consideration", "purchase", "retention", "advocacy"];

const MOST_IN_A_COLUMN = 5;
const MIN_WIDTH = 1160;
const EDGE = 2;
const HEADING_HEIGHT = 34;
const LANE_LABEL_HEIGHT = 19;
const CARD_HEIGHT = 96;
const ROW_GAP = 17;
const MIN_GUTTER = 42;
const GUTTER_SHARE = 0.2;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface PlacedCard extends Box {
  touchpoint: TouchpointInfo;
  column: number;
}

/** Everything one department is responsible for, as a band under its cards. */
export interface PlacedLane extends Box {
  owner: string;
}

export interface PlacedPhase extends Box {
  phase: string;
}

export interface Layout {
  width: number;
  height: number;
  gutter: number;
  phases: PlacedPhase[];
  lanes: PlacedLane[];
  cards: PlacedCard[];
}

interface Placed {
  touchpoint: TouchpointInfo;
  column: number;
}

/** Gives each phase a column, and a phase with many touchpoints several. */
function columnsOf(touchpoints: TouchpointInfo[]): { placed: Placed[]; phases: { phase: string; first: number; count: number }[] } {
  const placed: Placed[] = [];
  const phases = [];
  let first = 0;
  for (const phase of PHASES) {
    const own = touchpoints.filter((touchpoint) => touchpoint.phase === phase);
    const count = Math.max(1, Math.ceil(own.length / MOST_IN_A_COLUMN));
    const perColumn = Math.ceil(own.length / count);
    own.forEach((touchpoint, at) => placed.push({ touchpoint, column: first + Math.floor(at / perColumn) }));
    phases.push({ phase, first, count });
    first += count;
  }
  return { placed, phases };
}

/** A lane's columns and how many rows it needs, so that the touchpoints of an owner lie together. */
function lanesOf(placed: Placed[]) {
  const owners = [...new Set(placed.map(({ touchpoint }) => touchpoint.owner))];
  return owners.map((owner) => {
    const own = placed.filter(({ touchpoint }) => touchpoint.owner === owner);
    const columns = own.map(({ column }) => column);
    const stacked = new Map<number, number>();
    const rows = own.map(({ column }) => {
      const row = stacked.get(column) ?? 0;
      stacked.set(column, row + 1);
      return row;
    });
    return { owner, own, rows, first: Math.min(...columns), last: Math.max(...columns), height: Math.max(...stacked.values()) };
  });
}

/**
 * Places the journey's touchpoints: phases from left to right, and the lane of each owner as high as it can go. `available`
 * is the width there is, in pixels; below a least width the page scrolls.
 */
export function layoutOf(touchpoints: TouchpointInfo[], available: number): Layout {
  const { placed, phases } = columnsOf(touchpoints);
  const columnCount = phases.reduce((sum, { count }) => sum + count, 0);
  const width = Math.max(available, MIN_WIDTH);
  const columnWidth = (width - 2 * EDGE) / columnCount;
  const gutter = Math.max(MIN_GUTTER, columnWidth * GUTTER_SHARE);
  const cardWidth = columnWidth - gutter;
  const xOf = (column: number) => EDGE + column * columnWidth + gutter / 2;

  const filled = Array.from({ length: columnCount }, () => 0);
  const lanes: PlacedLane[] = [];
  const cards: PlacedCard[] = [];
  const rowHeight = LANE_LABEL_HEIGHT + CARD_HEIGHT + ROW_GAP;
  for (const { owner, own, rows, first, last, height } of lanesOf(placed)) {
    const row = Math.max(...filled.slice(first, last + 1));
    filled.fill(row + height, first, last + 1);
    const y = HEADING_HEIGHT + row * rowHeight;
    const across = xOf(last) + cardWidth - xOf(first);
    lanes.push({ owner, x: xOf(first), y, width: across, height: height * rowHeight - ROW_GAP });
    own.forEach(({ touchpoint, column }, at) => {
      const top = y + LANE_LABEL_HEIGHT + (rows[at] ?? 0) * rowHeight;
      cards.push({ touchpoint, column, x: xOf(column), y: top, width: cardWidth, height: CARD_HEIGHT });
    });
  }
  const height = HEADING_HEIGHT + Math.max(...filled) * rowHeight;
  return {
    width,
    height,
    gutter,
    lanes,
    cards,
    phases: phases.map(({ phase, first, count }) => ({
      phase,
      x: xOf(first) - gutter / 2 + 3,
      y: 0,
      width: count * columnWidth - 6,
      height,
    })),
  };
}
