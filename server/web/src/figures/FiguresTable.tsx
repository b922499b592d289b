import { Link } from "react-router";

import { FrictionKindSchema } from "../gen/klartext/v1/insight_pb";
import type { JourneyRow } from "../gen/klartext/v1/journey_pb";
import { nameOf, valuesOf } from "../api/enums";
import type { FrictionKind } from "../gen/klartext/v1/insight_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { EstimateCell } from "./EstimateCell";
import { ScrollTable } from "./ScrollTable";
import { figuresWords } from "./words";

interface Props {
  caption: string;
  rows: JourneyRow[];
  /** A row's name for people. */
  name(row: JourneyRow): string;
  /** Where the comments behind a row are. */
  address(row: JourneyRow): string;
}

const FRICTIONS = valuesOf<FrictionKind>(FrictionKindSchema);

/** Figures with their intervals, one row for each value. */
export function FiguresTable({ caption, rows, name, address }: Props) {
  const words = useWords(figuresWords);
  const messages = useMessages();
  const format = useFormat();
  const columns = [
    words.name,
    words.comments,
    words.mentions,
    words.netSentiment,
    words.nps,
    words.csat,
    words.answered,
    ...FRICTIONS.map((kind) => messages.labels.friction[kind]),
  ];
  return (
    <ScrollTable label={caption} columns={columns}>
      {rows.map((row) => (
        <tr key={row.value}>
          <th scope="row">
            <Link to={address(row)}>{name(row)}</Link>
          </th>
          <td>{format.count(row.figures?.comments ?? 0n)}</td>
          <td>{format.count(row.figures?.mentions ?? 0n)}</td>
          <EstimateCell estimate={row.figures?.netSentiment} value={format.points} />
          <EstimateCell estimate={row.figures?.nps} value={format.points} />
          <EstimateCell estimate={row.figures?.csat} value={format.tenth} />
          <EstimateCell estimate={row.figures?.shareAnswered} value={format.percent} />
          {FRICTIONS.map((kind) => {
            const rate = row.figures?.frictions.find((friction) => friction.kind === kind);
            return <td key={nameOf(FrictionKindSchema, kind)}>{rate ? format.percent(rate.share) : words.noFigure}</td>;
          })}
        </tr>
      ))}
    </ScrollTable>
  );
}
