import { dateOf } from "../api/times";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import { useWords } from "../i18n/useWords";
import { useMeasuresOf } from "../measures/useMeasures";
import type { ChangeMark, ChartMark } from "../ui/BandChart";
import type { NumberedChange } from "./change";
import { rowIdOf } from "./ChangeTable";
import { useChangeSaying } from "./useChangeSaying";
import { useScoreVersions } from "./useScoreVersions";
import { trendsWords } from "./words";

interface SaidMark extends ChartMark {
  text: string;
  /** Where more about it is. */
  to?: string;
}

const FIRST_LETTER = "A".charCodeAt(0);

/** What may make a figure another without customers saying anything else, marked on the time axis. */
export function useMarks({ query, range }: FiguresQuery, starts: Date[]) {
  const words = useWords(trendsWords);
  const { data: versions, isPending } = useScoreVersions(query.facets.journey[0] ?? "", starts, range?.until);
  const { data: measures } = useMeasuresOf(query.facets.journey[0] ?? "");
  const changes = (versions?.changes ?? []).map(({ date, from, to }) => ({ date, text: words.versionChanged(from, to) }));
  const [first, last] = [starts[0], starts.at(-1)];
  const begun = (measures ?? []).flatMap(({ measureId, start, title }) => {
    const date = dateOf(start);
    const isInSight = date && first && last && date >= first && date <= last;
    return isInSight ? [{ date, text: words.measureBegun(title), to: `/measures/${measureId}` }] : [];
  });
  const said: SaidMark[] = [...changes, ...begun]
    .sort((a, b) => a.date.getTime() - b.date.getTime())
    .map((change, at) => ({ ...change, letter: String.fromCharCode(FIRST_LETTER + at) }));
  const marks: ChartMark[] = said;
  return { marks, said, version: versions?.latest, hasOtherVersions: changes.length > 0, isPending };
}

/** The numbers of changes on a chart; each leads to its row in the table. */
export function useChangeMarks(): (changes: NumberedChange[]) => ChangeMark[] {
  const say = useChangeSaying();
  return (changes) => {
    const numbers = [...new Set(changes.map(({ number }) => number))];
    return numbers.flatMap((number) => {
      const begun = changes.filter((one) => one.number === number);
      const date = begun[0]?.period;
      const onPress = () => document.getElementById(rowIdOf(number))?.focus();
      return date ? [{ date, number, said: begun.map(say), onPress }] : [];
    });
  };
}
