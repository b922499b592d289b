import { Link } from "react-router";

import table from "../figures/FiguresTable.module.css";
import { ScrollTable } from "../figures/ScrollTable";
import { figuresWords } from "../figures/words";
import type { Driver, Influence } from "../gen/klartext/v1/journey_pb";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { driversWords } from "./words";

interface Props {
  drivers: { driver: Driver; name: string }[];
  address(driver: Driver): string;
}

/** What the scatter shows, in numbers. */
export function DriverTable({ drivers, address }: Props) {
  const words = useWords(driversWords);
  const figureWords = useWords(figuresWords);
  const format = useFormat();
  const columns = [
    figureWords.name,
    words.importance,
    words.fulfilment,
    words.net,
    words.whenBad,
    words.whenGood,
    words.comments,
  ];
  return (
    <ScrollTable label={words.table} columns={columns}>
      {drivers.map(({ driver, name }) => (
        <tr key={`${driver.kind} ${driver.value}`}>
          <th scope="row">
            <Link to={address(driver)}>{name}</Link>
            <span className={table.interval}>
              {words.quadrants[driver.quadrant]}
              {driver.few && `, ${words.few}`}
            </span>
          </th>
          <InfluenceCell influence={driver.importance} value={format.decimal} />
          <td>{driver.fulfilment ? format.points(driver.fulfilment.value) : "–"}</td>
          <InfluenceCell influence={driver.net} value={format.signed} />
          <InfluenceCell influence={driver.negative?.perMention} value={format.signed} />
          <InfluenceCell influence={driver.positive?.perMention} value={format.signed} />
          <td>{format.count(driver.comments)}</td>
        </tr>
      ))}
    </ScrollTable>
  );
}

function InfluenceCell({ influence, value }: { influence: Influence | undefined; value(of: number): string }) {
  const words = useWords(figuresWords);
  if (!influence) return <td>{words.noFigure}</td>;
  return (
    <td>
      {value(influence.value)}
      <span className={table.interval}>{words.interval(value(influence.low), value(influence.high))}</span>
    </td>
  );
}
