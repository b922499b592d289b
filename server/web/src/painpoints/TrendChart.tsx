import { dateOf } from "../api/times";
import type { TrendPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { BandChart } from "../ui/BandChart";
import styles from "./TrendChart.module.css";
import { painPointWords } from "./words";

const LEAST_TOP = 0.01;

/** The share of all mentions over time, with its confidence band. */
export function TrendChart({ points }: { points: TrendPoint[] }) {
  const words = useWords(painPointWords);
  const format = useFormat();
  const dated = points.flatMap((point) => {
    const date = dateOf(point.start);
    const said = date && `${format.date(date)}: ${format.percent(point.share)}`;
    return date && said ? [{ ...point, date, said, value: point.share }] : [];
  });
  const [first, last] = [dated[0]?.date, dated.at(-1)?.date];
  if (!first || !last) return null;
  const top = Math.max(...dated.filter(({ mentions }) => mentions > 0n).map(({ high }) => high), LEAST_TOP);
  const measured = dated.filter(({ allMentions }) => allMentions > 0n);

  return (
    <figure className={styles.figure}>
      <BandChart label={words.volume} points={measured} time={[first, last]} extent={[0, top]} tick={format.percent} />
      <details className={styles.table}>
        <summary>{words.asTable}</summary>
        <table>
          <tbody>
            {measured.map((point) => (
              <tr key={point.date.getTime()}>
                <th scope="row">{format.date(point.date)}</th>
                <td>{words.of(format.count(point.mentions), format.count(point.allMentions))}</td>
                <td>{format.percent(point.share)}</td>
                <td>{words.interval(format.percent(point.low), format.percent(point.high))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
