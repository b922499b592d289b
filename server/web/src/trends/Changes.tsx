import type { UseQueryResult } from "@tanstack/react-query";

import { problemOf } from "../api/problems";
import { MENTION_FACETS } from "../comments/query";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import { figuresWords } from "../figures/words";
import type { ListChangesResponse } from "../gen/klartext/v1/journey_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Picker } from "../ui/Picker";
import { saveChanges, type NumberedChange } from "./change";
import styles from "./Changes.module.css";
import { ChangeTable } from "./ChangeTable";
import { trendsWords } from "./words";

/** How often a time without changes may raise an alarm; the first is right for who looks again every week. */
export const SIGNIFICANCES = [0.001, 0.02, 0.05];
// The only condition of the call's that this view does not see to: how many weeks the time has.
const TIME_UNFIT = "FILTER_INVALID";

interface Props {
  asked: FiguresQuery;
  found: UseQueryResult<ListChangesResponse>;
  changes: NumberedChange[];
  significance: number;
}

/** What the service found to be another than before, beyond chance and the season. */
export function Changes({ asked, found, changes, significance }: Props) {
  const words = useWords(trendsWords);
  const figureWords = useWords(figuresWords);
  const format = useFormat();
  const isWidened = MENTION_FACETS.some((facet) => asked.query.facets[facet].length > 0);
  return (
    <section className={styles.section} aria-busy={found.isPending}>
      <div className={styles.headline}>
        <h2>{words.changes}</h2>
        {changes.length > 0 && (
          <Button look="quiet" onPress={() => saveChanges(changes.map(({ change }) => change))}>
            {figureWords.saveCsv}
          </Button>
        )}
        <Picker
          label={words.falseAlarms}
          choices={SIGNIFICANCES.map((value) => ({ value: String(value), name: words.significances(format.count(Math.round(1 / value))) }))}
          chosen={String(significance)}
          onChange={(value) => asked.change({}, { chance: value })}
        />
      </div>
      <p className={styles.hint}>
        {words.changesText} {isWidened && words.allMentions}
      </p>
      <div role="status">
        <Outcome found={found} count={changes.length} />
      </div>
      {changes.length > 0 && <ChangeTable changes={changes} asked={asked} />}
    </section>
  );
}

/** How far the looking is, or what came of it. */
function Outcome({ found, count }: { found: Props["found"]; count: number }) {
  const words = useWords(trendsWords);
  const format = useFormat();
  const { data, error, refetch } = found;
  if (error && problemOf(error).reason === TIME_UNFIT) return <p>{words.unfitTime}</p>;
  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!data) {
    return (
      <p className={styles.waiting}>
        <span className={styles.turning} aria-hidden="true" />
        {words.looking}
      </p>
    );
  }
  if (data.tested === 0) return <p>{words.nothingTested}</p>;
  const tested = words.tested(format.count(data.tested), format.count(data.weeks));
  return <p>{count === 0 ? `${words.noChange} ${tested}` : `${words.found(format.count(count), count === 1)} ${tested}`}</p>;
}
