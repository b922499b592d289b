import { useState } from "react";
import { Link, useParams } from "react-router";

import { nameOf, valueOf } from "../api/enums";
import { journeyOf, useInfo } from "../api/journeys";
import { dateOf } from "../api/times";
import { Channel, ChannelSchema, Period, PeriodSchema } from "../gen/klartext/v1/comment_pb";
import { FrictionKind, FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import { PainPointState } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { AllMentions } from "./AllMentions";
import { Contrasts } from "./Contrasts";
import { CurationSheet, type Intention } from "./CurationSheet";
import { Events } from "./Events";
import styles from "./PainPointPage.module.css";
import { PainPointFigures } from "./PainPointFigures";
import { Parts } from "./Parts";
import { Quote } from "./Quote";
import { Similar } from "./Similar";
import { titleOf } from "./titleOf";
import { TrendChart } from "./TrendChart";
import { useCuration, usePainPoint, useTrend, type Curation } from "./usePainPoints";
import { painPointWords } from "./words";

const PERIODS = [Period.DAY, Period.WEEK, Period.MONTH];
const CURATIONS = {
  active: ["rename", "split", "dismiss", "undo"],
  dismissed: ["restore", "rename", "undo"],
} as const;

/** One pain point: what customers say, how it goes, and what people have made of it. */
export function PainPointPage() {
  const { painPointId = "" } = useParams();
  const words = useWords(painPointWords);
  const messages = useMessages();
  const format = useFormat();
  const { data: info } = useInfo();
  const { data: painPoint, error, refetch } = usePainPoint(painPointId);
  const [period, setPeriod] = useState(Period.MONTH);
  const trend = useTrend(painPointId, period);
  const curation = useCuration(painPointId);
  const [intention, setIntention] = useState<Intention>();
  const [isDone, setDone] = useState(false);

  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!painPoint) return <p className={styles.loading}>{messages.loading}</p>;

  const { measures, state } = painPoint;
  const journey = journeyOf(info, painPoint.journey);
  const intend = (next: Intention) => {
    curation.reset();
    setDone(false);
    setIntention(next);
  };
  const confirm = (chosen: Curation, by: string) =>
    curation.mutate(
      { curation: chosen, by },
      {
        onSuccess: () => {
          setIntention(undefined);
          setDone(true);
        },
      },
    );
  const kinds = state === PainPointState.DISMISSED ? CURATIONS.dismissed : CURATIONS.active;
  const address = (facet: string) => (value: string) => `/comments?${new URLSearchParams({ [facet]: value })}`;
  const born = dateOf(painPoint.bornAt);
  const firstSeen = dateOf(measures?.firstSeen);
  const lastSeen = dateOf(measures?.lastSeen);
  const facts = [
    words.states[state],
    painPoint.namedBy && words.namedBy(painPoint.namedBy),
    painPoint.name !== painPoint.machineName && words.machineName(painPoint.machineName),
    born && words.born(format.date(born)),
    firstSeen && lastSeen && words.seen(format.date(firstSeen), format.date(lastSeen)),
  ];

  return (
    <div className={styles.page}>
      <Link to="/pain-points">{words.back}</Link>
      <header className={styles.header}>
        <PageHeading>{titleOf(painPoint)}</PageHeading>
        <p className={styles.facts}>{facts.filter(Boolean).join(" · ")}</p>
        <p className={styles.terms}>{painPoint.keyTerms.map(({ term }) => term).join(" · ")}</p>
        {painPoint.mergedInto && (
          <p>
            {words.mergedInto} <Link to={`/pain-points/${painPoint.mergedInto}`}>{painPoint.mergedInto}</Link>
          </p>
        )}
        <div className={styles.curations}>
          {state !== PainPointState.MERGED &&
            kinds.map((kind) => (
              <Button key={kind} onPress={() => intend({ kind })}>
                {words[kind]}
              </Button>
            ))}
          <span role="status">{isDone && words.done}</span>
        </div>
      </header>
      <PainPointFigures painPoint={painPoint} />
      <div className={styles.columns}>
        <section className={styles.section}>
          <h2>{words.quotes}</h2>
          {painPoint.quotes.map((quote) => (
            <Quote key={`${quote.commentId}.${quote.index}`} mention={quote} />
          ))}
        </section>
        <section className={styles.section}>
          <div className={styles.headline}>
            <h2>{words.volume}</h2>
            <Picker
              label={words.period}
              hiddenLabel
              choices={PERIODS.map((value) => ({ value: nameOf(PeriodSchema, value), name: words.periods[value] }))}
              chosen={nameOf(PeriodSchema, period)}
              onChange={(name) => setPeriod(valueOf<Period>(PeriodSchema, name) ?? Period.WEEK)}
            />
          </div>
          <p className={styles.hint}>{words.volumeText}</p>
          {trend.error && <Failure error={trend.error} />}
          {trend.data && <TrendChart points={trend.data} />}
        </section>
      </div>
      {measures && (
        <>
          <h2>{words.mix}</h2>
          <div className={styles.mixes}>
            <Parts
              title={words.channels}
              parts={measures.channels}
              name={(value) => messages.labels.channel[valueOf<Channel>(ChannelSchema, value) ?? Channel.UNSPECIFIED]}
              address={(value) => address("channel")(nameOf(ChannelSchema, valueOf(ChannelSchema, value) ?? 0))}
            />
            <Parts
              title={words.touchpoints}
              parts={measures.touchpoints}
              name={(value) => journey?.touchpoints.find(({ id }) => id === value)?.name ?? value}
              address={address("touchpoint")}
            />
            <Parts title={words.owners} parts={measures.owners} name={(value) => value} address={address("owner")} />
            <Parts
              title={words.topics}
              parts={measures.topics}
              name={(value) => journey?.topics.find(({ id }) => id === value)?.name ?? value}
              address={address("topic")}
            />
            <Parts
              title={words.frictions}
              parts={measures.frictions}
              name={(value) =>
                messages.labels.friction[valueOf<FrictionKind>(FrictionKindSchema, value) ?? FrictionKind.UNSPECIFIED]
              }
              address={(value) => address("friction")(nameOf(FrictionKindSchema, valueOf(FrictionKindSchema, value) ?? 0))}
            />
          </div>
        </>
      )}
      {measures && measures.contrasts.length > 0 && (
        <section className={styles.section}>
          <h2>{words.contrasts}</h2>
          <p className={styles.hint}>{words.contrastsText}</p>
          <Contrasts contrasts={measures.contrasts} />
        </section>
      )}
      <div className={styles.columns}>
        <section className={styles.section}>
          <h2>{words.similar}</h2>
          <p className={styles.hint}>{words.similarText}</p>
          <Similar painPointId={painPointId} onMerge={(other) => intend({ kind: "merge", other })} />
        </section>
        <section className={styles.section}>
          <h2>{words.events}</h2>
          <Events painPointId={painPointId} />
        </section>
      </div>
      <section className={styles.section}>
        <h2>{words.allMentions}</h2>
        <AllMentions painPointId={painPointId} />
      </section>
      {intention && (
        <CurationSheet
          painPoint={painPoint}
          intention={intention}
          error={curation.error}
          onConfirm={confirm}
          onClose={() => setIntention(undefined)}
        />
      )}
    </div>
  );
}
