import { useNavigate } from "react-router";

import { FiguresTable } from "../figures/FiguresTable";
import type { FiguresQuery } from "../figures/useFiguresQuery";
import type { JourneyRow } from "../gen/klartext/v1/journey_pb";
import type { JourneyInfo } from "../gen/klartext/v1/system_pb";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { MOST_DRAWN, type DrawnPainPoint } from "./connections";
import { HiddenPainPoints } from "./HiddenPainPoints";
import styles from "./JourneyPage.module.css";
import { OPEN_OWNER } from "./passages";
import { journeyWords } from "./words";

interface HiddenProps {
  journey: JourneyInfo;
  hidden: DrawnPainPoint[];
  /** There is none, drawn or not. */
  isNone: boolean;
}

/** What hurts between the touchpoints. */
export function HiddenSection({ journey, hidden, isNone }: HiddenProps) {
  const words = useWords(journeyWords);
  const navigate = useNavigate();
  return (
    <section className={styles.section}>
      <h2>{words.hidden}</h2>
      <p className={styles.hint}>{words.hiddenText}</p>
      {isNone && (
        <p>
          {words.noHidden}{" "}
          <Button look="quiet" onPress={() => navigate("/operations")}>
            {words.toOperations}
          </Button>
        </p>
      )}
      <HiddenPainPoints journey={journey} hidden={hidden} />
    </section>
  );
}

interface TableProps {
  rows: JourneyRow[];
  address: FiguresQuery["address"];
}

/** Every handover that customers tell of, those that are not drawn too. */
export function HandoverSection({ rows, address }: TableProps) {
  const words = useWords(journeyWords);
  const ownerName = (owner: string) => (owner === OPEN_OWNER ? words.openOwner : owner);
  return (
    <section className={styles.section}>
      <h2>{words.handovers}</h2>
      <p className={styles.hint}>
        {words.handoversText} {rows.length > MOST_DRAWN && words.notDrawn(rows.length - MOST_DRAWN)}
      </p>
      <FiguresTable
        caption={words.handovers}
        rows={rows}
        name={({ value }) => value.split(" -> ").map(ownerName).join(" → ")}
        address={({ value }) => address({ handover: [value] })}
      />
    </section>
  );
}

/** The touchpoints' figures as a table. */
export function AllFigures({ rows, address }: TableProps) {
  const words = useWords(journeyWords);
  return (
    <details className={styles.section}>
      <summary>{words.allFigures}</summary>
      <FiguresTable
        caption={words.allFigures}
        rows={rows}
        name={({ name }) => name}
        address={({ value }) => address({ touchpoint: [value] })}
      />
    </details>
  );
}
