import { memo } from "react";

import { useInfo } from "../api/journeys";
import { useMessages } from "../i18n";
import { CheckList } from "../ui/CheckList";
import { TextBox } from "../ui/TextBox";
import { facetChoices, facetTitles } from "./facetChoices";
import styles from "./FilterPanel.module.css";
import { FilterSection } from "./FilterSection";
import { SCORE_KINDS, type CommentQuery, type Facet } from "./query";
import { ScoreRangeBox } from "./ScoreRangeBox";
import { WordList } from "./WordList";

interface Props {
  query: CommentQuery;
  onChange(part: Partial<CommentQuery>): void;
}

const OF_MENTION: Facet[] = ["touchpoint", "meant", "friction", "owner", "phase", "topic"];
const OF_COMMENT: Facet[] = [
  "channel",
  "sentiment",
  "action",
  "asked",
  "handover",
  "language",
  "survey",
  "source",
  "subject",
  "journey",
];
const OPEN_AT_FIRST: Facet[] = ["touchpoint", "meant", "channel"];

/** Every condition that the service knows. Drawn anew only when a condition changes, and not with every page of the list. */
export const FilterPanel = memo(function FilterPanel({ query, onChange }: Props) {
  const messages = useMessages();
  const { data: info } = useInfo();
  const choices = facetChoices(info, query.facets.journey[0], messages);
  const titles = facetTitles(messages);

  const section = (facet: Facet) => {
    const chosen = query.facets[facet];
    const change = (values: string[]) => onChange({ facets: { ...query.facets, [facet]: values } });
    const facetChoice = choices[facet];
    return (
      <FilterSection
        key={facet}
        title={titles[facet]}
        active={chosen.length}
        isOpenAtFirst={OPEN_AT_FIRST.includes(facet)}
      >
        {facetChoice ? (
          <CheckList label={titles[facet]} hiddenLabel choices={facetChoice} chosen={chosen} onChange={change} />
        ) : (
          <WordList label={titles[facet]} words={chosen} onChange={change} />
        )}
      </FilterSection>
    );
  };

  return (
    <div className={styles.panel}>
      <h2 className={styles.title}>{messages.filters.ofMention}</h2>
      {OF_MENTION.map(section)}
      <h2 className={styles.title}>{messages.filters.ofComment}</h2>
      <FilterSection title={messages.filters.period} active={query.from || query.until ? 1 : 0} isOpenAtFirst>
        <div className={styles.days}>
          <TextBox
            label={messages.filters.from}
            type="date"
            value={query.from}
            onChange={(from) => onChange({ from })}
          />
          <TextBox
            label={messages.filters.until}
            type="date"
            value={query.until}
            onChange={(until) => onChange({ until })}
          />
        </div>
      </FilterSection>
      {OF_COMMENT.map(section)}
      <FilterSection title={messages.filters.scores} active={Object.keys(query.scores).length}>
        <div className={styles.scores}>
          {SCORE_KINDS.map((kind) => (
            <ScoreRangeBox
              key={kind}
              label={messages.labels.score[kind]}
              range={query.scores[kind]}
              onChange={(range) => {
                const { [kind]: _, ...others } = query.scores;
                onChange({ scores: range ? { ...others, [kind]: range } : others });
              }}
            />
          ))}
        </div>
      </FilterSection>
    </div>
  );
});
