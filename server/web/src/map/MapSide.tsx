import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { SearchBox } from "../comments/SearchBox";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { COLOURINGS, type Colouring, type LegendEntry } from "./colouring";
import styles from "./MapPage.module.css";
import { MentionList } from "./MentionList";
import { useTexts, type FoundMention } from "./useMap";
import { mapWords } from "./words";

const READ_OF_LASSO = 20;

interface Props {
  /** Mentions on the map; nothing while they are read. */
  count: number | undefined;
  /** More of them are being read. */
  isPart: boolean;
  text: string;
  onSearch(text: string): void;
  colouring: Colouring;
  onColouring(colouring: Colouring): void;
  /** Nothing while names are read. */
  legend: LegendEntry[] | undefined;
  /** The mention that was clicked, and what is like it. */
  looked: { commentId: string; index: number } | undefined;
  /** Nothing while they are looked for. */
  neighbours: FoundMention[] | undefined;
  circled: MapPoint[];
  found: FoundMention[] | undefined;
  onClear(): void;
}

/** What stands beside the map: how it is coloured, and the words of what was found, circled or clicked. */
export function MapSide(props: Props) {
  const { count, isPart, text, onSearch, colouring, onColouring, legend, looked, neighbours, circled, found, onClear } = props;
  const words = useWords(mapWords);
  const messages = useMessages();
  const format = useFormat();
  const countWords = isPart ? words.pointsSoFar : words.points;
  const lookedText = useTexts(looked ? [looked] : []);
  const circledTexts = useTexts(looked ? [] : circled.slice(0, READ_OF_LASSO));
  // All that moves what is below it comes before it: what came later would move links away from under the pointer.
  const isRead = legend && (!looked || (neighbours && !lookedText.isPending));
  const shows = looked ? "looked" : circled.length > 0 ? "circled" : found ? "found" : "nothing";
  return (
    <div className={styles.side}>
      <header className={styles.header}>
        <PageHeading>{words.title}</PageHeading>
        <p role="status">
          {count === undefined ? messages.loading : countWords(format.count(count))}
          {shows === "circled" && `, ${words.inLasso(format.count(circled.length))}`}
        </p>
      </header>
      <SearchBox text={text} onChange={onSearch} />
      <Picker
        label={words.colourBy}
        choices={COLOURINGS.map((value) => ({ value, name: words.colourings[value] }))}
        chosen={colouring}
        onChange={onColouring}
      />
      {legend && <Legend entries={legend} />}
      {!isRead && <p>{messages.loading}</p>}
      {isRead && shows === "looked" && (
        <>
          <MentionList title={words.looked} mentions={lookedText.data ?? []} onClear={onClear} />
          <MentionList title={words.neighbours} mentions={neighbours ?? []} />
        </>
      )}
      {isRead && shows === "circled" && (
        <MentionList
          title={words.inLasso(format.count(circled.length))}
          mentions={circledTexts.data ?? []}
          onClear={onClear}
        />
      )}
      {isRead && shows === "found" && <MentionList title={words.found} mentions={found ?? []} onClear={onClear} />}
      <p className={styles.hint}>{words.hint}</p>
    </div>
  );
}

function Legend({ entries }: { entries: LegendEntry[] }) {
  const words = useWords(mapWords);
  return (
    <section className={styles.legend}>
      <h2>{words.legend}</h2>
      <ul>
        {entries.map(({ key, name, colour }) => (
          <li key={key}>
            <span className={styles.swatch} style={{ backgroundColor: `rgb(${colour.join(" ")})` }} />
            {name}
          </li>
        ))}
      </ul>
    </section>
  );
}
