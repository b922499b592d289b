import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";

import { dateOf } from "../api/times";
import panel from "../comments/CommentPanel.module.css";
import { MentionedText } from "../comments/MentionedText";
import { ScoreMarks } from "../comments/ScoreMarks";
import { useComment } from "../comments/useComment";
import { InboxState, type InboxItem } from "../gen/klartext/v1/inbox_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { ScoreBar } from "../ui/ScoreBar";
import { InboxHistory } from "./InboxHistory";
import styles from "./InboxPanel.module.css";
import { InboxSheet } from "./InboxSheet";
import { Reasons } from "./Reasons";
import { StateMark } from "./StateMark";
import { useInboxAction, useInboxItem, type InboxAction } from "./useInbox";
import { inboxWords } from "./words";

type Kind = InboxAction["kind"];

const FITTING: Record<InboxState, Kind[]> = {
  [InboxState.UNSPECIFIED]: [],
  [InboxState.OPEN]: ["acknowledge", "resolve", "reassign"],
  [InboxState.ACKNOWLEDGED]: ["resolve", "reassign"],
  [InboxState.RESOLVED]: ["reopen"],
  [InboxState.WITHDRAWN]: ["reopen"],
};

/** One item: the comment behind it, what is to be done, and what was done. */
export function InboxPanel() {
  const words = useWords(inboxWords);
  const { itemId = "" } = useParams();
  const [parameters] = useSearchParams();
  const navigate = useNavigate();
  const messages = useMessages();
  const { data: item, error, refetch } = useInboxItem(itemId);
  const action = useInboxAction(itemId);
  const [intended, setIntended] = useState<Kind>();
  const [isDone, setDone] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    heading.current?.focus();
    setDone(false);
  }, [itemId]);
  const close = () => navigate({ pathname: "/inbox", search: parameters.toString() });

  return (
    <aside
      className={panel.panel}
      aria-label={words.item}
      onKeyDown={(event) => event.key === "Escape" && !intended && close()}
    >
      <header className={panel.header}>
        <h2 ref={heading} tabIndex={-1} className={panel.title}>
          {words.item}
        </h2>
        <Button look="quiet" onPress={close}>
          {words.close}
        </Button>
      </header>
      {error && <Failure error={error} onRetry={refetch} />}
      {!item && !error && <p className={panel.loading}>{messages.loading}</p>}
      {item && (
        <div className={panel.content}>
          <div className={styles.buttons}>
            {FITTING[item.state].map((kind) => (
              <Button
                key={kind}
                look={kind === FITTING[item.state][0] ? "strong" : "plain"}
                onPress={() => {
                  action.reset();
                  setDone(false);
                  setIntended(kind);
                }}
              >
                {words.actions[kind]}
              </Button>
            ))}
          </div>
          <ItemFacts item={item} />
          <CommentOf item={item} />
          <h2>{words.history}</h2>
          <InboxHistory entries={item.history} />
        </div>
      )}
      <div role="status">{isDone && <div className={panel.done}>{words.done}</div>}</div>
      {item && intended && (
        <InboxSheet
          item={item}
          kind={intended}
          error={action.error}
          onConfirm={(chosen, by, note) => {
            const onSuccess = () => {
              setIntended(undefined);
              setDone(true);
            };
            action.mutate({ action: chosen, by, note }, { onSuccess });
          }}
          onClose={() => setIntended(undefined)}
        />
      )}
    </aside>
  );
}

function ItemFacts({ item }: { item: InboxItem }) {
  const words = useWords(inboxWords);
  const messages = useMessages();
  const format = useFormat();
  const opened = dateOf(item.openedAt);
  return (
    <dl className={styles.facts}>
      <dt>{words.state}</dt>
      <dd>
        <StateMark state={item.state} /> {item.customerAnswered && words.answered}
      </dd>
      <dt>{words.owners}</dt>
      <dd>
        <b>{item.owner || words.nobody}</b> · {item.touchpointName || messages.labels.noTouchpoint}
      </dd>
      <dt>{words.severity}</dt>
      <dd>
        <ScoreBar label={words.severity} value={item.severity} />
      </dd>
      <dt>{words.reason}</dt>
      <dd>
        <Reasons item={item} />
      </dd>
      <dt>{words.opened}</dt>
      <dd>
        {opened && format.time(opened)} · {messages.labels.channel[item.channel]} <ScoreMarks scores={item.scores} />
      </dd>
    </dl>
  );
}

/** The whole comment, with the mentions marked. */
function CommentOf({ item }: { item: InboxItem }) {
  const words = useWords(inboxWords);
  const { data: stored } = useComment(item.commentId);
  return (
    <section className={styles.comment}>
      <h2>{words.evidence}</h2>
      <p className={panel.text}>
        {stored?.comment ? (
          <MentionedText
            text={stored.comment.text}
            mentions={stored.insight?.mentions ?? []}
            chosen={item.evidence[0]?.mention?.index}
          />
        ) : (
          item.evidence.map(({ text }) => text).join(" … ")
        )}
      </p>
      <Link to={`/comments/${item.commentId}`}>{words.openComment}</Link>
    </section>
  );
}
