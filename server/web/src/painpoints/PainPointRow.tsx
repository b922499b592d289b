import { Link } from "react-router";

import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { ScoreBar } from "../ui/ScoreBar";
import { ChannelMix } from "./ChannelMix";
import styles from "./PainPointRow.module.css";
import { titleOf } from "./titleOf";
import { TrendMark } from "./TrendMark";
import { painPointWords } from "./words";

const TERMS = 5;

export function PainPointRow({ painPoint }: { painPoint: PainPoint }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  const { painPointId, keyTerms, quotes, measures, emerging } = painPoint;
  return (
    <tr className={styles.row}>
      <th scope="row" className={styles.name}>
        <Link to={`/pain-points/${painPointId}`}>{titleOf(painPoint)}</Link>
        {emerging && <span className={styles.emerging}>{words.emerging}</span>}
        {painPoint.name && quotes[0] && <q className={styles.quote}>{quotes[0].text}</q>}
        <span className={styles.terms}>
          {keyTerms
            .slice(0, TERMS)
            .map(({ term }) => term)
            .join(" · ")}
        </span>
      </th>
      <td>
        <ScoreBar label={words.severity} value={measures?.severity ?? 0} />
      </td>
      <td>
        <ScoreBar label={words.hiddenness} value={measures?.hiddenness?.score ?? 0} look="hiddenness" />
      </td>
      <td className={styles.number}>{format.count(measures?.mentions ?? 0n)}</td>
      <td>
        <TrendMark trend={measures?.trend} />
      </td>
      <td>
        <ChannelMix parts={measures?.channels ?? []} />
      </td>
    </tr>
  );
}
