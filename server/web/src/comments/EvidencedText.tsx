import type { Mention, Span } from "../gen/klartext/v1/insight_pb";
import styles from "./EvidencedText.module.css";
import { cut } from "./spans";

/** A mention's words; those that moved its labels stand out. Spans count within the whole comment. */
export function EvidencedText({ mention }: { mention: Mention }) {
  const start = mention.span?.startChar ?? 0;
  const within = (span: Span | undefined): Span | undefined =>
    span && { ...span, startChar: span.startChar - start, endChar: span.endChar - start };
  const spans = [...mention.evidence, ...mention.frictions].map((evidence) => within(evidence.span));
  return (
    <>
      {cut(mention.text, spans).map((piece, at) =>
        piece.covering.length > 0 ? (
          <mark key={at} className={styles.evidence}>
            {piece.text}
          </mark>
        ) : (
          <span key={at}>{piece.text}</span>
        ),
      )}
    </>
  );
}
