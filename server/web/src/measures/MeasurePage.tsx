import { useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { Form } from "react-aria-components";

import { journeyOf, useInfo } from "../api/journeys";
import { dateOf } from "../api/times";
import { usePerson } from "../app/usePerson";
import sheet from "../comments/CorrectSheet.module.css";
import { figuresWords } from "../figures/words";
import type { MeasureEffect } from "../gen/klartext/v1/measure_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { useNamed } from "../painpoints/usePainPoints";
import { BandChart } from "../ui/BandChart";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveSvg } from "../ui/saveSvg";
import { Sheet } from "../ui/Sheet";
import { extentOf, measured } from "../trends/figure";
import { EffectTable } from "./EffectTable";
import styles from "./MeasuresPage.module.css";
import { MeasureSheet } from "./MeasureSheet";
import { placeName } from "./places";
import { useMeasureChange, useMeasureEffect } from "./useMeasures";
import { measuresWords } from "./words";

const WEEKS = [4, 8, 12, 26];
const DEFAULT_WEEKS = 8;

/** One measure, and whether it helped. */
export function MeasurePage() {
  const words = useWords(measuresWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const { measureId = "" } = useParams();
  const [parameters, setParameters] = useSearchParams();
  const weeks = WEEKS.find((one) => String(one) === parameters.get("weeks")) ?? DEFAULT_WEEKS;
  const { data: info } = useInfo();
  const { data: painPoints = [] } = useNamed();
  const { data: effect, error, refetch } = useMeasureEffect(measureId, weeks);
  const change = useMeasureChange();
  const person = usePerson();
  const [doing, setDoing] = useState<"change" | "remove">();

  if (error) return <Failure error={error} onRetry={refetch} />;
  const measure = effect?.measure;
  if (!measure) return <p className={styles.page}>{messages.loading}</p>;
  const begin = (what: "change" | "remove") => {
    change.reset();
    setDoing(what);
  };
  const [start, rolledOut] = [dateOf(measure.start), dateOf(measure.rolledOut)];
  const facts = [
    placeName(measure.place, journeyOf(info, measure.journey), painPoints),
    start && format.utcDate(start),
    rolledOut && `${words.rolledOutMark}: ${format.utcDate(rolledOut)}`,
    measure.doneBy,
    words.recordedBy(measure.createdBy),
  ];
  const isOver = effect.figures.some(({ after }) => after !== undefined);
  return (
    <div className={styles.page}>
      <Link to="/measures">{words.back}</Link>
      <header className={styles.header}>
        <PageHeading>{measure.title}</PageHeading>
        <p className={styles.count}>{facts.filter(Boolean).join(" · ")}</p>
        <Button onPress={() => begin("change")}>{words.change}</Button>
        <Button onPress={() => begin("remove")}>{words.remove}</Button>
      </header>
      {measure.note && <p>{measure.note}</p>}
      <WeeksChart effect={effect} start={start} rolledOut={rolledOut} />
      <section className={styles.section}>
        <div className={styles.headline}>
          <h2>{words.effect}</h2>
          <Picker
            label={words.weeks}
            choices={WEEKS.map((count) => ({ value: String(count), name: words.weekCount(count) }))}
            chosen={String(weeks)}
            onChange={(value) => setParameters({ weeks: value }, { replace: true })}
          />
        </div>
        <p className={styles.hint}>{words.effectText}</p>
        {!isOver && <p>{words.notYet}</p>}
        <EffectTable figures={effect.figures} />
        {effect.overlapping.length > 0 && (
          <p>
            {words.overlapping}{" "}
            {effect.overlapping.map((id) => (
              <Link key={id} to={`/measures/${id}`}>
                {id}
              </Link>
            ))}
          </p>
        )}
      </section>
      {doing === "change" && (
        <MeasureSheet
          measure={measure}
          error={change.error}
          onSave={(draft, by) =>
            change.mutate({ change: { kind: "update", measure: draft }, by }, { onSuccess: () => setDoing(undefined) })
          }
          onClose={() => setDoing(undefined)}
        />
      )}
      {doing === "remove" && (
        <Sheet title={words.remove} isOpen onOpenChange={(isOpen) => !isOpen && setDoing(undefined)}>
          <p>{words.removeText}</p>
          <Form
            className={sheet.form ?? ""}
            onSubmit={(event) => {
              event.preventDefault();
              change.mutate(
                { change: { kind: "delete", measureId }, by: person.remember() },
                { onSuccess: () => void navigate("/measures") },
              );
            }}
          >
            {person.field}
            {change.error && <Failure error={change.error} />}
            <div className={sheet.buttons}>
              <Button onPress={() => setDoing(undefined)}>{words.cancel}</Button>
              <Button type="submit" look="strong">
                {words.remove}
              </Button>
            </div>
          </Form>
        </Sheet>
      )}
    </div>
  );
}

interface WeeksProps {
  effect: MeasureEffect;
  start: Date | undefined;
  rolledOut: Date | undefined;
}

/** Net sentiment week by week, here and elsewhere. */
function WeeksChart({ effect, start, rolledOut }: WeeksProps) {
  const words = useWords(measuresWords);
  const figureWords = useWords(figuresWords);
  const format = useFormat();
  const drawing = useRef<SVGSVGElement>(null);
  const points = effect.weeks.flatMap(({ start: week, place }) => {
    const [date, found] = [dateOf(week), measured("net_sentiment", place)];
    if (!date || !found) return [];
    return [{ ...found, date, isWeak: found.few, said: `${format.utcDate(date)}: ${format.points(found.value)}` }];
  });
  const comparison = effect.weeks.flatMap(({ start: week, comparison: rest }) => {
    const [date, found] = [dateOf(week), measured("net_sentiment", rest)];
    return date && found ? [{ ...found, date }] : [];
  });
  const ends = effect.weeks.flatMap(({ start: week }) => dateOf(week) ?? []);
  const [first, last] = [ends[0], ends.at(-1)];
  if (points.length === 0 || !first || !last) return null;
  const within = (date: Date | undefined) => (date && date >= first && date <= last ? [date] : []);
  const marks = [
    ...within(start).map((date) => ({ date, letter: "A", text: words.startMark })),
    ...within(rolledOut).map((date) => ({ date, letter: "B", text: words.rolledOutMark })),
  ];
  return (
    <section className={styles.section}>
      <div className={styles.headline}>
        <h2>{words.chart}</h2>
        <Button look="quiet" onPress={() => drawing.current && saveSvg("measure.svg", drawing.current)}>
          {figureWords.saveSvg}
        </Button>
      </div>
      <p className={styles.hint}>
        {words.chartText} {marks.map(({ letter, text }) => `${letter}: ${text}`).join(", ")}
      </p>
      <div className={styles.chart}>
        <BandChart
          drawing={drawing}
          label={words.chart}
          points={points}
          comparison={comparison}
          time={[first, last]}
          extent={extentOf("net_sentiment", [...points, ...comparison])}
          tick={format.points}
          marks={marks}
          width={1100}
          height={240}
        />
      </div>
    </section>
  );
}
