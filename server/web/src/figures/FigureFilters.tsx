import { useInfo } from "../api/journeys";
import { facetChoices, facetTitles } from "../comments/facetChoices";
import type { Facet } from "../comments/query";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { CheckPicker } from "../ui/CheckPicker";
import { Picker } from "../ui/Picker";
import { TextBox } from "../ui/TextBox";
import styles from "./FigureFilters.module.css";
import { daysOf } from "./range";
import { SPANS, type FiguresQuery } from "./useFiguresQuery";
import { figuresWords } from "./words";

const OWN_DAYS = "own";

/** What figures are made from. The conditions are those of comments, so that a click on a figure can take them along. */
export function FigureFilters({ asked }: { asked: FiguresQuery }) {
  const words = useWords(figuresWords);
  const messages = useMessages();
  const { data: info } = useInfo();
  const { query, span, range, change } = asked;
  const choices = facetChoices(info, query.facets.journey[0], messages);
  const titles = facetTitles(messages);
  const all: Partial<Record<Facet, string>> = {
    channel: words.allChannels,
    survey: words.allSurveys,
    owner: words.allOwners,
    language: words.allLanguages,
  };
  const journeys = choices.journey ?? [];
  const changeFacet = (facet: Facet, values: string[]) => change({ facets: { ...query.facets, [facet]: values } });
  const changeSpan = (chosen: string) => {
    if (chosen === OWN_DAYS) return range && change(daysOf(range));
    change({ from: "", until: "" }, { months: chosen });
  };

  return (
    <div className={styles.filters} role="group" aria-label={words.filters}>
      {journeys.length > 1 && (
        <Picker
          label={messages.filters.journey}
          choices={journeys}
          chosen={query.facets.journey[0] ?? info?.defaultJourney ?? ""}
          onChange={(journey) => changeFacet("journey", [journey])}
        />
      )}
      <Picker
        label={words.time}
        choices={[
          ...SPANS.map((months) => ({ value: String(months), name: words.months(months) })),
          { value: OWN_DAYS, name: words.ownDays },
        ]}
        chosen={span}
        onChange={changeSpan}
      />
      {span === OWN_DAYS && (
        <>
          <TextBox label={messages.filters.from} type="date" value={query.from} onChange={(from) => change({ from })} />
          <TextBox label={messages.filters.until} type="date" value={query.until} onChange={(until) => change({ until })} />
        </>
      )}
      {(["channel", "survey", "owner", "language"] as const).map((facet) => (
        <CheckPicker
          key={facet}
          label={titles[facet]}
          all={all[facet] ?? ""}
          choices={choices[facet] ?? []}
          chosen={query.facets[facet]}
          onChange={(values) => changeFacet(facet, values)}
        />
      ))}
    </div>
  );
}
