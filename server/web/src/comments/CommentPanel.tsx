import { useEffect, useRef, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";

import { usePreferences } from "../app/preferences";
import type { CorrectedLabel } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { CommentFacts } from "./CommentFacts";
import styles from "./CommentPanel.module.css";
import { CorrectSheet } from "./CorrectSheet";
import { undoOf, type LabelValue } from "./corrections";
import { MentionCard } from "./MentionCard";
import { MentionedText } from "./MentionedText";
import { readQuery, writeQuery } from "./query";
import { useComment } from "./useComment";
import { useCorrection } from "./useCorrection";

/** Which label of which mention is being corrected. */
interface Correcting {
  index: number;
  label: CorrectedLabel;
}

/** A change that can be taken back. */
interface Done {
  index: number;
  said: string;
  undo?: LabelValue;
}

/** One comment with everything that is said about it. */
export function CommentPanel() {
  const { commentId = "" } = useParams();
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const messages = useMessages();
  const { person } = usePreferences();
  const { data: stored, error, refetch } = useComment(commentId);
  const correction = useCorrection(commentId);
  const [correcting, setCorrecting] = useState<Correcting>();
  const [done, setDone] = useState<Done>();
  const [looked, setLooked] = useState<number>();
  const heading = useRef<HTMLHeadingElement>(null);

  const close = () => navigate({ pathname: "/comments", search: parameters.toString() });
  useEffect(() => {
    heading.current?.focus();
    setDone(undefined);
    setLooked(undefined);
  }, [commentId]);

  const mentions = stored?.insight?.mentions ?? [];
  const language = stored?.insight?.language === "other" ? undefined : stored?.insight?.language;

  const change = ({ index, label }: Correcting, value: LabelValue, by: string) => {
    const mention = mentions[index];
    if (!mention) return;
    const { saved, withdrawn } = messages.correct;
    const name = messages.labels.correctedLabel[label];
    const said = value.case === "withdraw" ? withdrawn(name) : saved(name);
    const undo = undoOf(mention, label);
    const onSuccess = () => {
      setCorrecting(undefined);
      setDone({ index, said, undo });
    };
    correction.mutate({ index, label: value, person: by }, { onSuccess });
  };
  const undo = ({ index, undo: label }: Done) => {
    if (!label) return;
    const onSuccess = () => setDone({ index, said: messages.correct.undone });
    correction.mutate({ index, label, person }, { onSuccess });
  };

  return (
    <aside
      className={styles.panel}
      aria-label={messages.detail.title}
      onKeyDown={(event) => event.key === "Escape" && !correcting && close()}
    >
      <header className={styles.header}>
        <h2 ref={heading} tabIndex={-1} className={styles.title}>
          {messages.detail.title}
        </h2>
        <Button look="quiet" onPress={close}>
          {messages.detail.close}
        </Button>
      </header>
      {error && <Failure error={error} onRetry={refetch} />}
      {!stored && !error && <p className={styles.loading}>{messages.loading}</p>}
      {stored?.comment && (
        <div className={styles.content}>
          <p className={styles.text} lang={language}>
            <MentionedText text={stored.comment.text} mentions={mentions} chosen={looked} />
          </p>
          <h2>{messages.detail.mentions}</h2>
          {mentions.length === 0 && <p>{messages.detail.noMentions}</p>}
          <ul onMouseLeave={() => setLooked(undefined)}>
            {mentions.map((mention, index) => (
              <MentionCard
                key={`${commentId}.${index}`}
                commentId={commentId}
                journeyId={stored.comment?.journey ?? ""}
                mention={mention}
                index={index}
                language={language}
                onLook={() => setLooked(index)}
                onCorrect={(label) => {
                  correction.reset();
                  setCorrecting({ index, label });
                }}
                onSimilar={() => {
                  const query = { ...readQuery(new URLSearchParams()), like: `${commentId}.${index}` };
                  navigate({ pathname: `/comments/${commentId}`, search: writeQuery(query).toString() });
                }}
              />
            ))}
          </ul>
          <CommentFacts stored={stored} />
          <p className={styles.masked}>{messages.detail.masked}</p>
        </div>
      )}
      <div role="status" className={styles.status}>
        {done && (
          <div className={styles.done}>
            <span>{done.said}</span>
            {done.undo && (
              <Button look="quiet" onPress={() => undo(done)}>
                {messages.correct.undo}
              </Button>
            )}
          </div>
        )}
      </div>
      {!correcting && correction.error && <Failure error={correction.error} />}
      {correcting && mentions[correcting.index] && stored?.comment && (
        <CorrectSheet
          mention={mentions[correcting.index]!}
          label={correcting.label}
          journeyId={stored.comment.journey}
          error={correction.error}
          onSave={(value, by) => change(correcting, value, by)}
          onClose={() => setCorrecting(undefined)}
        />
      )}
    </aside>
  );
}
