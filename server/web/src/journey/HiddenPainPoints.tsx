import { Link } from "react-router";

import type { JourneyInfo } from "../gen/klartext/v1/system_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { titleOf } from "../painpoints/titleOf";
import { figuresWords } from "../figures/words";
import { ScoreBar } from "../ui/ScoreBar";
import type { DrawnPainPoint } from "./connections";
import styles from "./HiddenPainPoints.module.css";
import type { Place } from "./passages";
import { journeyWords } from "./words";

interface Props {
  journey: JourneyInfo;
  hidden: DrawnPainPoint[];
}

/** The names of the numbers on the map. */
export function HiddenPainPoints({ journey, hidden }: Props) {
  const words = useWords(journeyWords);
  const { mentions } = useWords(figuresWords);
  const format = useFormat();
  const nameOf = (id: string) => journey.touchpoints.find((touchpoint) => touchpoint.id === id)?.name ?? id;
  const inWords = (place: Place) => {
    if (place.kind === "between") return words.between(nameOf(place.from), nameOf(place.to));
    return place.kind === "at" ? words.at(nameOf(place.touchpoint)) : words.nowhere;
  };
  return (
    <ol className={styles.list}>
      {hidden.map(({ painPoint, number, place }) => (
        <li key={painPoint.painPointId}>
          <span className={styles.number}>{number}</span>
          <div>
            <Link to={`/pain-points/${painPoint.painPointId}`}>{titleOf(painPoint)}</Link>
            <p className={styles.place}>
              {inWords(place)} · {format.count(painPoint.measures?.mentions ?? 0n)} {mentions}
            </p>
            {painPoint.quotes[0] && <q className={styles.quote}>{painPoint.quotes[0].text}</q>}
            <dl className={styles.scores}>
              <dt>{words.hiddenness}</dt>
              <dd>
                <ScoreBar label={words.hiddenness} value={painPoint.measures?.hiddenness?.score ?? 0} look="hiddenness" />
              </dd>
              <dt>{words.severity}</dt>
              <dd>
                <ScoreBar label={words.severity} value={painPoint.measures?.severity ?? 0} />
              </dd>
            </dl>
          </div>
        </li>
      ))}
    </ol>
  );
}
