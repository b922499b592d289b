import type { Span } from "../gen/klartext/v1/insight_pb";

/** A piece of a text, and which of the spans cover it. */
export interface Piece {
  text: string;
  covering: number[];
}

/** Cuts a text where spans begin and end. Spans count code points, JavaScript's strings count UTF-16 units. */
export function cut(text: string, spans: (Span | undefined)[]): Piece[] {
  const characters = Array.from(text);
  const edges = new Set([0, characters.length]);
  for (const span of spans) {
    if (span) edges.add(span.startChar).add(span.endChar);
  }
  const sorted = [...edges].filter((edge) => edge <= characters.length).sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, index) => {
    const end = sorted[index + 1] ?? characters.length;
    const covering = spans.flatMap((span, at) => (span && span.startChar <= start && end <= span.endChar ? [at] : []));
    return { text: characters.slice(start, end).join(""), covering };
  });
}
