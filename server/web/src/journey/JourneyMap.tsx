import { useMemo, type Ref } from "react";
import { Link } from "react-router";

import { toneOf } from "../figures/tone";
import tones from "../figures/tones.module.css";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import type { JourneyRow } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { titleOf } from "../painpoints/titleOf";
import { shortened } from "../ui/wrapText";
import type { Connections, DrawnPainPoint, DrawnPassage } from "./connections";
import { arrowOf, pathOf } from "./curves";
import styles from "./JourneyMap.module.css";
import type { Layout } from "./layout";
import { TouchpointCard } from "./TouchpointCard";
import { journeyWords } from "./words";

const LANE_FONT = '11px "Schibsted Grotesk Variable"';
const LANE_EDGE = 5;
const PILL_HEIGHT = 20;
const MARK_RADIUS = 10.5;
const HIT = 24;

interface Props {
  drawing: Ref<SVGSVGElement>;
  layout: Layout;
  connections: Connections;
  rows: JourneyRow[];
  address: FiguresQuery["address"];
}

/** The journey as a drawing: phases from left to right, each touchpoint in its owner's lane, and what is in between. */
export function JourneyMap({ drawing, layout, connections, rows, address }: Props) {
  const words = useWords(journeyWords);
  const messages = useMessages();
  const rowOf = useMemo(() => new Map(rows.map((row) => [row.value, row])), [rows]);
  return (
    <svg ref={drawing} width={layout.width} height={layout.height} className={styles.map} role="group" aria-label={words.map}>
      {layout.phases.map(({ phase, x, y, width, height }) => (
        <g key={phase}>
          <rect x={x} y={y} width={width} height={height} rx={8} className={styles.phase} />
          <text x={x + 12} y={y + 21} className={styles.phaseName}>
            {messages.labels.phase[phase] ?? phase}
          </text>
        </g>
      ))}
      {layout.lanes.map(({ owner, x, y, width, height }) => (
        <g key={owner}>
          <rect
            x={x - LANE_EDGE}
            y={y}
            width={width + 2 * LANE_EDGE}
            height={height + LANE_EDGE}
            rx={8}
            className={styles.lane}
          />
          <text x={x} y={y + 14} className={styles.soft}>
            {shortened(owner, LANE_FONT, width)}
          </text>
        </g>
      ))}
      {connections.silent.map(({ value, curve }) => (
        <g key={value} className={styles.silent}>
          <path d={pathOf(curve)} className={styles.silentLine} />
          <path d={arrowOf(curve, 1)} className={styles.silentArrow} />
        </g>
      ))}
      {connections.told.map(({ passage, curve, weight }) => (
        <g key={passage.value} className={tones[toneOf(passage.row?.figures?.netSentiment?.value)]}>
          <path d={pathOf(curve)} strokeWidth={weight} className={styles.told} />
          <path d={arrowOf(curve, weight)} />
        </g>
      ))}
      {connections.painPoints.map(
        ({ painPoint, curve }) => curve && <path key={painPoint.painPointId} d={pathOf(curve)} className={styles.hiddenLine} />,
      )}
      {layout.cards.map((card) => (
        <TouchpointCard key={card.touchpoint.id} card={card} row={rowOf.get(card.touchpoint.id)} address={address} />
      ))}
      {connections.told.map((told) => (
        <Pill key={told.passage.value} told={told} address={address} />
      ))}
      {connections.painPoints.map((hidden) => (
        <Mark key={hidden.painPoint.painPointId} hidden={hidden} />
      ))}
    </svg>
  );
}

/** How many comments tell of a handover, on its line. */
function Pill({ told: { passage, pill }, address }: { told: DrawnPassage; address: FiguresQuery["address"] }) {
  const words = useWords(journeyWords);
  const format = useFormat();
  const { netSentiment, comments = 0n } = passage.row?.figures ?? {};
  const count = format.count(comments);
  const width = Math.max(HIT, count.length * 8 + 10);
  const said = words.passageSaid(passage.from, passage.to, count, netSentiment ? format.points(netSentiment.value) : "–");
  return (
    <Link to={address({ handover: [passage.value] })} className={styles.link} aria-label={said}>
      <title>{said}</title>
      <rect x={pill.x - HIT / 2} y={pill.y - HIT / 2} width={HIT} height={HIT} className={styles.hit} />
      <g className={tones[toneOf(netSentiment?.value)]}>
        <rect
          x={pill.x - width / 2}
          y={pill.y - PILL_HEIGHT / 2}
          width={width}
          height={PILL_HEIGHT}
          rx={PILL_HEIGHT / 2}
          className={styles.pill}
        />
        <text x={pill.x} y={pill.y + 4} textAnchor="middle" className={styles.count}>
          {count}
        </text>
      </g>
    </Link>
  );
}

/** A hidden pain point's number where it belongs; its name stands beneath the map. */
function Mark({ hidden: { painPoint, number, mark } }: { hidden: DrawnPainPoint }) {
  const format = useFormat();
  if (!mark) return null;
  const { x, y } = mark;
  return (
    <Link to={`/pain-points/${painPoint.painPointId}`} className={styles.link} aria-label={`${number}: ${titleOf(painPoint)}`}>
      <title>{titleOf(painPoint)}</title>
      <rect x={x - HIT / 2} y={y - HIT / 2} width={HIT} height={HIT} className={styles.hit} />
      <circle cx={x} cy={y} r={MARK_RADIUS} className={styles.mark} />
      <text x={x} y={y + 4} textAnchor="middle" className={styles.number}>
        {format.count(number)}
      </text>
    </Link>
  );
}
