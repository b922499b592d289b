import { Link } from "react-router";

import type { PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useFormat } from "../i18n/format";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import styles from "./Similar.module.css";
import { titleOf } from "./titleOf";
import { useSimilar } from "./usePainPoints";
import { painPointWords } from "./words";

interface Props {
  painPointId: string;
  onMerge(other: PainPoint): void;
}

/** Pain points that may be about the same. */
export function Similar({ painPointId, onMerge }: Props) {
  const words = useWords(painPointWords);
  const messages = useMessages();
  const format = useFormat();
  const { data: found, error, refetch } = useSimilar(painPointId);
  if (error) return <Failure error={error} onRetry={refetch} />;
  return (
    <ul className={styles.list}>
      {found?.map(
        ({ painPoint, similarity }) =>
          painPoint && (
            <li key={painPoint.painPointId}>
              <Link to={`/pain-points/${painPoint.painPointId}`}>{titleOf(painPoint)}</Link>
              <span className={styles.soft}>{messages.comments.similarity(format.decimal(similarity))}</span>
              <Button aria-label={`${words.merge}: ${titleOf(painPoint)}`} onPress={() => onMerge(painPoint)}>
                {words.merge}
              </Button>
            </li>
          ),
      )}
    </ul>
  );
}
