import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { journeyOf, useInfo } from "../api/journeys";
import { dateOf } from "../api/times";
import table from "../figures/FiguresTable.module.css";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { useNamed } from "../painpoints/usePainPoints";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { saveCsv } from "../ui/saveFile";
import styles from "./MeasuresPage.module.css";
import { MeasureSheet } from "./MeasureSheet";
import { chosenPlace, placeName } from "./places";
import { useMeasureChange, useMeasures } from "./useMeasures";
import { measuresWords } from "./words";

/** What was done, and whether it helped. */
export function MeasuresPage() {
  const words = useWords(measuresWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const { data: info } = useInfo();
  const { data: painPoints = [] } = useNamed();
  const { data, error, refetch, hasNextPage, fetchNextPage } = useMeasures();
  const change = useMeasureChange();
  const [isRecording, setRecording] = useState(false);
  const measures = data?.pages.flatMap((page) => page.measures) ?? [];

  const record = () => {
    change.reset();
    setRecording(true);
  };
  const save = () =>
    saveCsv(
      "measures.csv",
      measures.map((measure) => ({
        measure_id: measure.measureId,
        title: measure.title,
        ...chosenPlace(measure.place),
        done_by: measure.doneBy,
        start: dateOf(measure.start)?.toISOString() ?? "",
        rolled_out: dateOf(measure.rolledOut)?.toISOString() ?? "",
        note: measure.note,
      })),
    );
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <PageHeading>{words.title}</PageHeading>
        <p role="status" className={styles.count}>
          {data ? words.found(format.count(measures.length), measures.length === 1) : messages.loading}
        </p>
        {measures.length > 0 && (
          <>
            <Button look="quiet" onPress={save}>
              {words.export}
            </Button>
            <Button look="strong" onPress={record}>
              {words.create}
            </Button>
          </>
        )}
      </header>
      {error && <Failure error={error} onRetry={refetch} />}
      {data && measures.length === 0 && (
        <Notice title={words.none}>
          <p>{words.noneHint}</p>
          <Button look="strong" onPress={record}>
            {words.create}
          </Button>
        </Notice>
      )}
      {measures.length > 0 && (
        <>
          <p className={styles.hint}>{words.text}</p>
          <table className={table.table}>
            <thead>
              <tr>
                <th scope="col">{words.name}</th>
                <th scope="col">{words.place}</th>
                <th scope="col">{words.start}</th>
                <th scope="col">{words.doneBy}</th>
              </tr>
            </thead>
            <tbody>
              {measures.map((measure) => {
                const start = dateOf(measure.start);
                return (
                  <tr key={measure.measureId}>
                    <th scope="row">
                      <Link to={`/measures/${measure.measureId}`}>{measure.title}</Link>
                    </th>
                    <td>{placeName(measure.place, journeyOf(info, measure.journey), painPoints)}</td>
                    <td>{start && format.utcDate(start)}</td>
                    <td>{measure.doneBy}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {hasNextPage && <Button onPress={() => void fetchNextPage()}>{words.more}</Button>}
        </>
      )}
      {isRecording && (
        <MeasureSheet
          error={change.error}
          onSave={(measure, by) =>
            change.mutate(
              { change: { kind: "create", measure }, by },
              { onSuccess: ({ measureId }) => void navigate(`/measures/${measureId}`) },
            )
          }
          onClose={() => setRecording(false)}
        />
      )}
    </div>
  );
}
