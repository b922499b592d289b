import { Link } from "react-router";

import type { Estimate } from "../gen/klartext/v1/journey_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./FiguresTable.module.css";
import { figuresWords } from "./words";

interface Props {
  estimate: Estimate | undefined;
  value(of: number): string;
  /** To the comments that the figure is made from, with which figure that is. */
  link?: { to: string; said: string };
}

/** A figure with its interval, on how many answers it rests, and whether these are few. */
export function EstimateCell({ estimate, value, link }: Props) {
  const words = useWords(figuresWords);
  const format = useFormat();
  if (!estimate) return <td>{words.noFigure}</td>;
  const shown = value(estimate.value);
  return (
    <td>
      {link ? (
        <Link to={link.to} aria-label={`${link.said}: ${shown}, ${words.comments}`}>
          {shown}
        </Link>
      ) : (
        shown
      )}
      <span className={styles.interval}>
        {words.interval(value(estimate.low), value(estimate.high))}, {words.answers(format.count(estimate.count))}
        {estimate.few && `, ${words.few}`}
      </span>
    </td>
  );
}
