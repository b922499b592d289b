import { Link } from "react-router";

import { nameOf } from "../api/enums";
import type { Facet } from "../comments/query";
import { FrictionSign } from "../figures/FrictionSign";
import { Sparkline } from "../figures/Sparkline";
import { toneOf } from "../figures/tone";
import { ScoreKind } from "../gen/klartext/v1/comment_pb";
import { FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import type { Estimate, JourneyRow } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { classes } from "../ui/classes";
import { shortened, wrapText } from "../ui/wrapText";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import styles from "./JourneyMap.module.css";
import tones from "../figures/tones.module.css";
import type { PlacedCard } from "./layout";
import { journeyWords } from "./words";

const NAME_FONT = '600 13px "Schibsted Grotesk Variable"';
const INNER = 12;
const NAME_LINES = 2;
const NAME_TOP = 18;
const NAME_LINE = 15;
const NAME_HEIGHT = 40;
const NET_TOP = 41;
const SCORES_TOP = 68;
const HIT_HEIGHT = 25;
const NET_WIDTH = 92;
const SCORE_WIDTH = 54;
const SIGN_WIDTH = 22;
const SIGN_GAP = 6;
const LEAST_FRICTION = 0.05;

interface Props {
  card: PlacedCard;
  row: JourneyRow | undefined;
  address: FiguresQuery["address"];
}

/** A touchpoint with its figures; each of them leads to the comments behind it. */
export function TouchpointCard({ card, row, address }: Props) {
  const words = useWords(journeyWords);
  const messages = useMessages();
  const format = useFormat();
  const { touchpoint, x, y, width, height } = card;
  const { figures } = row ?? {};
  const { name, owner, id } = touchpoint;
  const to = (facets: Partial<Record<Facet, string[]>>, scores = {}) =>
    address({ touchpoint: [id], ...facets }, { scores });
  const net = figures?.netSentiment;
  const tone = toneOf(net?.value);
  const mentions = format.count(figures?.mentions ?? 0n);
  const room = Math.max(0, Math.floor((width - INNER - 2 * SCORE_WIDTH - SIGN_GAP) / SIGN_WIDTH));
  const frictions = [...(figures?.frictions ?? [])]
    .filter(({ share }) => share >= LEAST_FRICTION)
    .sort((a, b) => b.share - a.share)
    .slice(0, room);

  const score = (kind: ScoreKind, estimate: Estimate | undefined, value: (of: number) => string, left: number) => {
    if (!estimate) return null;
    const label = messages.labels.score[kind];
    const interval = `${value(estimate.low)} – ${value(estimate.high)}`;
    const said = words.scoreSaid(label, name, value(estimate.value), interval, format.count(estimate.count));
    return (
      <Link to={to({}, { [kind]: { min: 0 } })} className={styles.link} aria-label={said}>
        <title>{estimate.few ? `${said}, ${words.few}` : said}</title>
        <rect x={left} y={y + SCORES_TOP} width={SCORE_WIDTH} height={HIT_HEIGHT} className={styles.hit} />
        <text x={left + 2} y={y + SCORES_TOP + 17} className={styles.score}>
          {label} <tspan className={estimate.few ? styles.few : styles.figure}>{value(estimate.value)}</tspan>
        </text>
      </Link>
    );
  };

  return (
    <g>
      <rect x={x} y={y} width={width} height={height} rx={6} className={styles.card} />
      <path d={`M${x + 5} ${y}h-1a4 4 0 0 0 -4 6v${height - 12}a4 4 0 0 0 4 6h1z`} className={tones[tone]} />
      <Link to={to({})} className={styles.link} aria-label={words.cardSaid(name, owner, mentions)}>
        <title>{name}</title>
        <rect x={x + 6} y={y + 1} width={width - 8} height={NAME_HEIGHT - 1} className={styles.hit} />
        <text className={styles.name}>
          {wrapText(name, NAME_FONT, width - INNER - 6, NAME_LINES).map((line, at) => (
            <tspan key={at} x={x + INNER} y={y + NAME_TOP + at * NAME_LINE}>
              {line}
            </tspan>
          ))}
        </text>
      </Link>
      {net ? (
        <Link to={to({ meant: ["negative"] })} className={styles.link} aria-label={words.netSaid(name, format.points(net.value))}>
          <title>{words.netSaid(name, format.points(net.value))}</title>
          <rect x={x + 8} y={y + NET_TOP} width={NET_WIDTH} height={HIT_HEIGHT} className={styles.hit} />
          <text x={x + INNER} y={y + NET_TOP + 19} className={classes(styles.net, tones[tone])}>
            {format.points(net.value)}
            <tspan dx={5} className={net.few ? styles.few : styles.soft}>
              {shortened(words.ofMentions(mentions), '11px "Schibsted Grotesk Variable"', NET_WIDTH - 36)}
            </tspan>
          </text>
        </Link>
      ) : (
        <text x={x + INNER} y={y + NET_TOP + 19} className={styles.soft}>
          {words.silent}
        </text>
      )}
      {net && (
        <Sparkline
          periods={row?.periods ?? []}
          x={x + NET_WIDTH + 10}
          y={y + NET_TOP + 2}
          width={width - NET_WIDTH - 10 - INNER}
          height={HIT_HEIGHT - 2}
        />
      )}
      {score(ScoreKind.NPS, figures?.nps, format.points, x + INNER - 2)}
      {score(ScoreKind.CSAT, figures?.csat, format.tenth, x + INNER - 2 + (figures?.nps ? SCORE_WIDTH : 0))}
      {frictions.map(({ kind, share }, at) => {
        const said = words.frictionSaid(messages.labels.friction[kind], name, format.percent(share));
        const right = x + width - INNER + 2 - at * SIGN_WIDTH - SIGN_WIDTH / 2;
        return (
          <Link key={kind} to={to({ friction: [nameOf(FrictionKindSchema, kind)] })} className={styles.link} aria-label={said}>
            <title>{said}</title>
            <rect x={right - 12} y={y + SCORES_TOP} width={24} height={HIT_HEIGHT} className={styles.hit} />
            <FrictionSign kind={kind} share={share} x={right} y={y + SCORES_TOP + 12} />
          </Link>
        );
      })}
    </g>
  );
}
