import { Link, useNavigate, useSearchParams } from "react-router";

import { nameOf, valueOf, valuesOf } from "../api/enums";
import { queryClient } from "../api/queryClient";
import { PainPointState, PainPointStateSchema, SortPainPointsBy, SortPainPointsBySchema } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveCsv } from "../ui/saveFile";
import { TextBox } from "../ui/TextBox";
import styles from "./PainPointsPage.module.css";
import { PainPointRow } from "./PainPointRow";
import { painPointsQuery, usePainPoints, type PainPointQuery } from "./usePainPoints";
import { painPointWords } from "./words";

const STATES = [PainPointState.ACTIVE, PainPointState.RESOLVED, PainPointState.DISMISSED];

function queryAt(parameters: URLSearchParams): PainPointQuery {
  return {
    text: parameters.get("q") ?? "",
    state: valueOf<PainPointState>(PainPointStateSchema, parameters.get("state") ?? "") ?? PainPointState.ACTIVE,
    sortBy: valueOf<SortPainPointsBy>(SortPainPointsBySchema, parameters.get("sort") ?? "") ?? SortPainPointsBy.SEVERITY,
  };
}

/** Asks for what the view shows before it is drawn. */
export function ask(parameters: URLSearchParams): void {
  void queryClient.prefetchInfiniteQuery(painPointsQuery(queryAt(parameters)));
}

/** What hurts most, ranked. */
export function PainPointsPage() {
  const words = useWords(painPointWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const query = queryAt(parameters);
  const { text, state, sortBy } = query;
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetching } = usePainPoints(query);

  const put = (name: string, value: string) =>
    setParameters(
      (before) => {
        const after = new URLSearchParams(before);
        if (value === "") after.delete(name);
        else after.set(name, value);
        return after;
      },
      { replace: true },
    );
  const found = data?.pages.flatMap((page) => page.painPoints) ?? [];
  const total = data?.pages[0]?.total ?? 0n;
  const isUnfiltered = text === "" && state === PainPointState.ACTIVE;
  const save = () =>
    saveCsv(
      "pain-points.csv",
      found.map(({ name, measures }) => ({
        [words.name]: name,
        [words.severity]: measures?.severity ?? "",
        [words.hiddenness]: measures?.hiddenness?.score ?? "",
        [words.mentions]: String(measures?.mentions ?? ""),
        [words.trend]: measures?.trend?.slope ?? "",
      })),
    );

  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <PageHeading>{words.title}</PageHeading>
        <p role="status" className={styles.count}>
          {data ? words.found(format.count(total), total === 1n) : messages.loading}
        </p>
      </header>
      <div className={styles.tools}>
        <TextBox label={words.search} value={text} onChange={(value) => put("q", value)} />
        <Picker
          label={words.state}
          choices={STATES.map((value) => ({ value: nameOf(PainPointStateSchema, value), name: words.states[value] }))}
          chosen={nameOf(PainPointStateSchema, state)}
          onChange={(value) => put("state", value)}
        />
        <Picker
          label={words.sortBy}
          choices={valuesOf<SortPainPointsBy>(SortPainPointsBySchema).map((value) => ({
            value: nameOf(SortPainPointsBySchema, value),
            name: words.sorts[value],
          }))}
          chosen={nameOf(SortPainPointsBySchema, sortBy)}
          onChange={(value) => put("sort", value)}
        />
        {found.length > 0 && <Button onPress={save}>{words.export}</Button>}
      </div>
      {error && <Failure error={error} onRetry={refetch} />}
      {data && found.length === 0 && !isFetching && (
        <Notice title={isUnfiltered ? words.noneYet : words.none}>
          {isUnfiltered ? (
            <>
              <p>{words.noneHint}</p>
              <Button look="strong" onPress={() => navigate("/operations")}>
                {words.toOperations}
              </Button>
            </>
          ) : (
            <Link to="/pain-points">{messages.filters.clear}</Link>
          )}
        </Notice>
      )}
      {found.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{words.name}</th>
              <th scope="col" title={words.severityHint}>
                {words.severity}
              </th>
              <th scope="col" title={words.hiddennessHint}>
                {words.hiddenness}
              </th>
              <th scope="col">{words.mentions}</th>
              <th scope="col">{words.trend}</th>
              <th scope="col">{words.channels}</th>
            </tr>
          </thead>
          <tbody>
            {found.map((painPoint) => (
              <PainPointRow key={painPoint.painPointId} painPoint={painPoint} />
            ))}
          </tbody>
        </table>
      )}
      {hasNextPage && <Button onPress={() => void fetchNextPage()}>{words.more}</Button>}
    </div>
  );
}
