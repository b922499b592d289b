import { Link } from "react-router";

import { useFormat } from "../i18n/format";
import { useMessages } from "../i18n";
import { Failure } from "../ui/Failure";
import styles from "./Similar.module.css";
import { titleOf } from "./titleOf";
import { useSimilar } from "./usePainPoints";

/** Pain points that may be about the same. */
export function Similar({ painPointId }: { painPointId: string }) {
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
            </li>
          ),
      )}
    </ul>
  );
}
