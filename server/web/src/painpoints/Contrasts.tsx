import { scaleLinear } from "d3-scale";

import { ScoreKind } from "../gen/klartext/v1/comment_pb";
import type { Contrast } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./Contrasts.module.css";
import { painPointWords } from "./words";

const WIDTH = 180;
const HEIGHT = 22;
const EDGE = 8;
const ATTRIBUTE = "attributes.";

/** How its comments' figures differ from the others', with intervals around the difference. */
export function Contrasts({ contrasts }: { contrasts: Contrast[] }) {
  const words = useWords(painPointWords);
  const messages = useMessages();
  const format = useFormat();
  const names: Record<string, string> = {
    nps: messages.labels.score[ScoreKind.NPS],
    csat: messages.labels.score[ScoreKind.CSAT],
    stars: messages.labels.score[ScoreKind.STARS],
  };
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">{words.figure}</th>
          <th scope="col">{words.here}</th>
          <th scope="col">{words.elsewhere}</th>
          <th scope="col">{words.difference}</th>
        </tr>
      </thead>
      <tbody>
        {contrasts.map(({ figure, comments, mean, otherComments, otherMean, low, high }) => {
          // Each figure has a scale of its own: seconds and stars have none in common.
          const reach = Math.max(Math.abs(low), Math.abs(high), Number.EPSILON);
          const x = scaleLinear([-reach, reach], [EDGE, WIDTH - EDGE]);
          return (
            <tr key={figure}>
              <th scope="row">{names[figure] ?? figure.replace(ATTRIBUTE, "")}</th>
              <td>
                {format.decimal(mean)} <span className={styles.soft}>(n = {format.count(comments)})</span>
              </td>
              <td>
                {format.decimal(otherMean)} <span className={styles.soft}>(n = {format.count(otherComments)})</span>
              </td>
              <td>
                <svg width={WIDTH} height={HEIGHT} className={styles.interval} aria-hidden="true">
                  <line x1={x(0)} x2={x(0)} y1={2} y2={HEIGHT - 2} className={styles.zero} />
                  <line x1={x(low)} x2={x(high)} y1={HEIGHT / 2} y2={HEIGHT / 2} className={styles.whisker} />
                  <circle cx={x(mean - otherMean)} cy={HEIGHT / 2} r={4} className={styles.mean} />
                </svg>
                <span className={styles.soft}>
                  {format.signed(mean - otherMean)} ({words.interval(format.signed(low), format.signed(high))})
                </span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
