import { Link } from "react-router";

import type { Disagreement, Gap, GapExample, GapPart, GetGapsResponse } from "../gen/klartext/v1/journey_pb";
import { ScoreMarks } from "../comments/ScoreMarks";
import { useRowNames } from "../figures/rowNames";
import { JourneyDimension } from "../gen/klartext/v1/journey_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Parts } from "../painpoints/Parts";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import styles from "./Gaps.module.css";
import { driversWords } from "./words";

const MOST_PARTS = 4;

interface Props {
  found: GetGapsResponse;
  address: FiguresQuery["address"];
}

/** What good scores hide: where the same customers complain, with examples. */
export function Gaps({ found, address }: Props) {
  const words = useWords(driversWords);
  const gaps = found.gaps.filter(({ hiddenComments }) => hiddenComments > 0n);
  const disagreements = found.disagreements.filter(({ comments }) => comments > 0n);
  return (
    <>
      <h2>{words.gaps}</h2>
      <p className={styles.hint}>{words.gapsText}</p>
      {gaps.length === 0 && <p>{words.noGaps}</p>}
      {gaps.map((gap) => (
        <GapCard key={gap.touchpoint} gap={gap} address={address} />
      ))}
      {disagreements.length > 0 && <h2>{words.disagreements}</h2>}
      <div className={styles.disagreements}>
        {disagreements.map((disagreement) => (
          <DisagreementCard key={disagreement.kind} disagreement={disagreement} />
        ))}
      </div>
    </>
  );
}

function GapCard({ gap, address }: { gap: Gap; address: FiguresQuery["address"] }) {
  const words = useWords(driversWords);
  const messages = useMessages();
  const format = useFormat();
  const frictions = useRowNames(JourneyDimension.FRICTION);
  const scores = [
    gap.nps && `NPS ${format.points(gap.nps.value)}`,
    gap.csat && `CSAT ${format.tenth(gap.csat.value)}`,
    gap.stars && `${format.tenth(gap.stars.value)} ★`,
  ];
  const named = (parts: GapPart[]) => new Map(parts.map(({ value, name }) => [value, name]));
  const asParts = (parts: GapPart[]) =>
    parts.slice(0, MOST_PARTS).map(({ value, comments, share }) => ({ value, mentions: comments, share }));
  return (
    <article className={styles.gap}>
      <header className={styles.header}>
        <h3>{gap.name}</h3>
        <p className={styles.hint}>
          {gap.owner} · {messages.labels.phase[gap.phase] ?? gap.phase} · {scores.filter(Boolean).join(", ")}
          {gap.few && ` (${words.few})`}
        </p>
      </header>
      <p className={styles.share}>
        <b>{format.percent(gap.hiddenShare)}</b> {words.gap(format.count(gap.hiddenComments), format.count(gap.ratedComments))}
      </p>
      <div className={styles.parts}>
        <Parts
          title={words.parts.touchpoints}
          parts={asParts(gap.touchpoints)}
          name={(value) => named(gap.touchpoints).get(value) || words.noTouchpoint}
          address={(value) => address({ touchpoint: [value] })}
        />
        <Parts
          title={words.parts.handovers}
          parts={asParts(gap.handovers)}
          name={(value) => value.replace(" -> ", " → ")}
          address={(value) => address({ handover: [value] })}
        />
        <Parts
          title={words.parts.frictions}
          parts={asParts(gap.frictions)}
          name={(value) => frictions.name({ value, name: value })}
          address={(value) => address({ friction: [value] })}
        />
        <Parts
          title={words.parts.painPoints}
          parts={asParts(gap.painPoints)}
          name={(value) => named(gap.painPoints).get(value) ?? value}
          address={(value) => `/pain-points/${value}`}
        />
      </div>
      <Examples examples={gap.examples} />
    </article>
  );
}

function DisagreementCard({ disagreement }: { disagreement: Disagreement }) {
  const words = useWords(driversWords);
  const format = useFormat();
  const { kind, comments, share, examples } = disagreement;
  return (
    <article className={styles.gap}>
      <header className={styles.header}>
        <h3>{words.disagreementKinds[kind]}</h3>
        <p className={styles.hint}>{words.ofRated(format.count(comments), format.percent(share))}</p>
      </header>
      <Examples examples={examples} />
    </article>
  );
}

function Examples({ examples }: { examples: GapExample[] }) {
  const words = useWords(driversWords);
  const messages = useMessages();
  return (
    <ul className={styles.examples}>
      {examples.map(({ commentId, index, text, channel, scores }) => (
        <li key={`${commentId}.${index}`}>
          <q>{text}</q>
          <p className={styles.hint}>
            <ScoreMarks scores={scores} />
            {messages.labels.channel[channel]} <Link to={`/comments/${commentId}`}>{words.openComment}</Link>
          </p>
        </li>
      ))}
    </ul>
  );
}
