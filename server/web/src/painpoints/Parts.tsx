import { Link } from "react-router";

import type { Part } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import styles from "./Parts.module.css";
import { painPointWords } from "./words";

interface Props {
  title: string;
  parts: Pick<Part, "value" | "mentions" | "share">[];
  name(value: string): string;
  /** The comments behind a part; none where no filter says it. */
  address?: (value: string) => string;
}

const SHOWN = 7;

/** How something is made up, as bars with numbers; a click leads to the comments behind it. */
export function Parts({ title, parts, name, address }: Props) {
  const words = useWords(painPointWords);
  const format = useFormat();
  if (parts.length === 0) return null;
  const largest = Math.max(...parts.map(({ share }) => share));
  return (
    <section className={styles.parts}>
      <h3>{title}</h3>
      <ul>
        {parts.slice(0, SHOWN).map(({ value, mentions, share }) => (
          <li key={value} className={styles.part}>
            <span className={styles.name}>
              {value && address ? <Link to={address(value)}>{name(value)}</Link> : value ? name(value) : words.without}
            </span>
            <span className={styles.track}>
              <span className={styles.bar} style={{ width: `${(100 * share) / largest}%` }} />
            </span>
            <span className={styles.number}>
              {format.count(mentions)} <span className={styles.share}>{format.percent(share)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
