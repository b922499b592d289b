import { Button as AriaButton, Label, Tag, TagGroup, TagList } from "react-aria-components";

import { useInfo } from "../api/journeys";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { Button } from "../ui/Button";
import styles from "./ActiveFilters.module.css";
import { facetChoices, facetTitles } from "./facetChoices";
import { FACETS, SCORE_KINDS, readQuery, type CommentQuery } from "./query";

interface Props {
  query: CommentQuery;
  onChange(part: Partial<CommentQuery>): void;
}

interface Condition {
  key: string;
  title: string;
  value: string;
  without: Partial<CommentQuery>;
}

/** The conditions that hold, each of which can be taken away. */
export function ActiveFilters({ query, onChange }: Props) {
  const messages = useMessages();
  const format = useFormat();
  const { data: info } = useInfo();
  const choices = facetChoices(info, query.facets.journey[0], messages);
  const titles = facetTitles(messages);

  const conditions: Condition[] = FACETS.flatMap((facet) =>
    query.facets[facet].map((value) => ({
      key: `${facet}=${value}`,
      title: titles[facet],
      value: choices[facet]?.find((choice) => choice.value === value)?.name ?? value,
      without: { facets: { ...query.facets, [facet]: query.facets[facet].filter((other) => other !== value) } },
    })),
  );
  if (query.from || query.until) {
    const day = (text: string) => (text ? format.date(new Date(`${text}T00:00:00`)) : "");
    const value = `${day(query.from)} – ${day(query.until)}`;
    conditions.push({ key: "period", title: messages.filters.period, value, without: { from: "", until: "" } });
  }
  for (const kind of SCORE_KINDS) {
    const range = query.scores[kind];
    if (!range) continue;
    const { [kind]: _, ...others } = query.scores;
    const end = (value: number | undefined) => (value === undefined ? "" : format.decimal(value));
    const value = `${end(range.min)} – ${end(range.max)}`;
    conditions.push({ key: `score.${kind}`, title: messages.labels.score[kind], value, without: { scores: others } });
  }
  if (conditions.length === 0) return null;

  return (
    <div className={styles.bar}>
      <TagGroup
        className={styles.group ?? ""}
        onRemove={(keys) => {
          const removed = conditions.find((condition) => keys.has(condition.key));
          if (removed) onChange(removed.without);
        }}
      >
        <Label className={styles.label ?? ""}>{messages.filters.active}</Label>
        <TagList className={styles.list ?? ""} items={conditions}>
          {(condition) => (
            <Tag id={condition.key} className={styles.tag ?? ""} textValue={`${condition.title}: ${condition.value}`}>
              <span className={styles.title}>{condition.title}</span> {condition.value}
              <AriaButton slot="remove" className={styles.remove ?? ""} aria-label={messages.filters.remove}>
                ×
              </AriaButton>
            </Tag>
          )}
        </TagList>
      </TagGroup>
      <Button
        look="quiet"
        onPress={() => {
          const { facets, scores, from, until } = readQuery(new URLSearchParams());
          onChange({ facets, scores, from, until });
        }}
      >
        {messages.filters.clear}
      </Button>
    </div>
  );
}
