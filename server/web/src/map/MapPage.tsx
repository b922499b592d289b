import { useMemo, useRef, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { journeyOf, useInfo } from "../api/journeys";
import { SearchBox } from "../comments/SearchBox";
import type { MapPoint } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { PageHeading } from "../ui/PageHeading";
import { Picker } from "../ui/Picker";
import { saveFile } from "../ui/saveFile";
import { useSize } from "../ui/useSize";
import { COLOURINGS, coloursOf, type Colouring } from "./colouring";
import { MapCanvas } from "./MapCanvas";
import styles from "./MapPage.module.css";
import { MentionList } from "./MentionList";
import { keyOf, useFound, useMapPoints, useNamed, useTexts } from "./useMap";
import { useView } from "./useView";
import { mapWords } from "./words";

const READ_OF_LASSO = 20;
const CLOSER = 1.5;
const NO_POINTS: MapPoint[] = [];

/** All mentions by what they say. */
export function MapPage() {
  const words = useWords(mapWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const { data: info } = useInfo();
  const { data: points = NO_POINTS, error, refetch, isPending } = useMapPoints();
  const { data: painPoints = [] } = useNamed();
  const [tool, setTool] = useState<"move" | "lasso">("move");
  const [looked, setLooked] = useState<MapPoint>();
  const [circled, setCircled] = useState<MapPoint[]>(NO_POINTS);
  const stage = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(stage);
  const { view, move, zoom, showAll } = useView(points, width, height);

  const asked = parameters.get("colour") as Colouring;
  const colouring = COLOURINGS.includes(asked) ? asked : "painPoint";
  const text = parameters.get("q") ?? "";
  const put = (name: string, value: string) =>
    setParameters((before) => ({ ...Object.fromEntries(before), [name]: value }), { replace: true });

  const found = useFound(text.trim() === "" ? { case: undefined } : { case: "text", value: text.trim() });
  const neighbours = useFound(
    looked
      ? { case: "mention", value: { $typeName: "klartext.v1.MentionRef", commentId: looked.commentId, index: looked.index } }
      : { case: undefined },
  );
  const lookedText = useTexts(looked ? [looked] : []);
  const circledTexts = useTexts(circled.slice(0, READ_OF_LASSO));

  const colours = useMemo(
    () =>
      coloursOf(colouring, points, {
        painPoints,
        journey: journeyOf(info, undefined),
        messages,
        format,
        other: words.other,
      }),
    [colouring, points, painPoints, info, messages, format, words],
  );
  const chosen = useMemo(() => {
    if (looked) return new Set([keyOf(looked), ...(neighbours.data ?? []).map(keyOf)]);
    if (circled.length > 0) return new Set(circled.map(keyOf));
    return found.data && new Set(found.data.map(keyOf));
  }, [looked, neighbours.data, circled, found.data]);

  if (error) return <Failure error={error} onRetry={refetch} />;
  if (!isPending && points.length === 0) {
    return (
      <Notice title={words.none}>
        <p>{words.noneHint}</p>
        <Button look="strong" onPress={() => navigate("/operations")}>
          {messages.nav.operations}
        </Button>
      </Notice>
    );
  }
  const savePicture = () =>
    stage.current?.querySelector("canvas")?.toBlob((picture) => picture && saveFile("map.png", picture));

  return (
    <div className={styles.page}>
      <div className={styles.side}>
        <header className={styles.header}>
          <PageHeading>{words.title}</PageHeading>
          <p role="status">{isPending ? messages.loading : words.points(format.count(points.length))}</p>
        </header>
        <SearchBox text={text} onChange={(value) => put("q", value)} />
        <Picker
          label={words.colourBy}
          choices={COLOURINGS.map((value) => ({ value, name: words.colourings[value] }))}
          chosen={colouring}
          onChange={(value) => put("colour", value)}
        />
        <section className={styles.legend}>
          <h2>{words.legend}</h2>
          <ul>
            {colours.legend.map(({ key, name, colour }) => (
              <li key={key}>
                <span className={styles.swatch} style={{ backgroundColor: `rgb(${colour.join(" ")})` }} />
                {name}
              </li>
            ))}
          </ul>
        </section>
        {looked && (
          <>
            <MentionList
              title={words.looked}
              mentions={lookedText.data ?? []}
              onClear={() => setLooked(undefined)}
            />
            <MentionList
              title={words.neighbours}
              mentions={neighbours.data ?? []}
              onClear={() => setLooked(undefined)}
            />
          </>
        )}
        {!looked && circled.length > 0 && (
          <MentionList
            title={words.inLasso(format.count(circled.length))}
            mentions={circledTexts.data ?? []}
            onClear={() => setCircled(NO_POINTS)}
          />
        )}
        {!looked && circled.length === 0 && found.data && (
          <MentionList title={words.found} mentions={found.data} onClear={() => put("q", "")} />
        )}
        <p className={styles.hint}>{words.hint}</p>
      </div>
      <div className={styles.stage} ref={stage}>
        <MapCanvas
          points={points}
          painPoints={painPoints}
          colours={colours}
          chosen={chosen}
          view={view}
          width={width}
          height={height}
          tool={tool}
          onMove={move}
          onZoom={zoom}
          onLook={setLooked}
          onLasso={(around) => {
            setLooked(undefined);
            setCircled(around);
            setTool("move");
          }}
        />
        <div className={styles.tools} role="toolbar" aria-label={words.tool}>
          <Button onPress={() => setTool(tool === "move" ? "lasso" : "move")}>
            {tool === "move" ? words.lasso : words.move}
          </Button>
          <Button aria-label={words.closer} onPress={() => zoom(CLOSER)}>
            +
          </Button>
          <Button aria-label={words.farther} onPress={() => zoom(1 / CLOSER)}>
            −
          </Button>
          <Button onPress={showAll}>{words.whole}</Button>
          <Button onPress={savePicture}>{words.savePicture}</Button>
        </div>
      </div>
    </div>
  );
}
