import { useMemo, useRef, useState } from "react";
import type { PressEvent } from "react-aria-components";
import { useNavigate, useSearchParams } from "react-router";

import { infoQuery, journeyOf, useInfo } from "../api/journeys";
import { queryClient } from "../api/queryClient";
import type { MapPoint, PainPoint } from "../gen/klartext/v1/painpoint_pb";
import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { namedQuery, useNamed } from "../painpoints/usePainPoints";
import { Button } from "../ui/Button";
import { Failure } from "../ui/Failure";
import { Notice } from "../ui/Notice";
import { useSize } from "../ui/useSize";
import { COLOURINGS, coloursOf, type Colouring } from "./colouring";
import { MapCanvas, type Tool } from "./MapCanvas";
import styles from "./MapPage.module.css";
import { MapSide } from "./MapSide";
import { savePicture } from "./picture";
import { keyOf, mapQuery, refOf, useFound, useMapPoints, type MapPoints } from "./useMap";
import { useView } from "./useView";
import { mapWords } from "./words";

const CLOSER = 1.5;
const NO_POINTS: MapPoint[] = [];
const NOTHING: MapPoints = { points: NO_POINTS, isPart: false };
const NO_PAIN_POINTS: PainPoint[] = [];

/** Who presses a button without a pointer cannot draw a line either. */
function lassoOf(pointerType: PressEvent["pointerType"]): Tool {
  return pointerType === "keyboard" || pointerType === "virtual" ? "rectangle" : "lasso";
}

/** Asks for what the view shows before it is drawn. */
export function ask(): void {
  void queryClient.prefetchQuery(mapQuery);
  void queryClient.prefetchQuery(namedQuery);
  void queryClient.prefetchQuery(infoQuery);
}

/** All mentions by what they say. */
export function MapPage() {
  const words = useWords(mapWords);
  const messages = useMessages();
  const format = useFormat();
  const navigate = useNavigate();
  const [parameters, setParameters] = useSearchParams();
  const { data: info, isPending: infoIsPending } = useInfo();
  const { data: { points, isPart } = NOTHING, error, refetch, isPending } = useMapPoints();
  const { data: painPoints = NO_PAIN_POINTS, isPending: namesArePending } = useNamed();
  const [tool, setTool] = useState<Tool>("move");
  const [circled, setCircled] = useState<MapPoint[]>(NO_POINTS);
  const stage = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(stage);
  const { view, move, zoom, showAll } = useView(points, width, height);

  const asked = parameters.get("colour") as Colouring;
  const colouring = COLOURINGS.includes(asked) ? asked : "painPoint";
  const text = parameters.get("q") ?? "";
  const like = parameters.get("like") ?? "";
  const looked = useMemo(() => refOf(like), [like]);
  const put = (changes: Record<string, string>) =>
    setParameters(
      (before) => {
        const after = { ...Object.fromEntries(before), ...changes };
        return Object.fromEntries(Object.entries(after).filter(([, value]) => value !== ""));
      },
      { replace: true },
    );

  const found = useFound(text.trim() === "" ? { case: undefined } : { case: "text", value: text.trim() });
  const neighbours = useFound(looked ? { case: "mention", value: looked } : { case: undefined });

  const colours = useMemo(() => {
    const journey = journeyOf(info, undefined);
    return coloursOf(colouring, points, { painPoints, journey, messages, format, other: words.other });
  }, [colouring, points, painPoints, info, messages, format, words]);
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
          {words.toOperations}
        </Button>
      </Notice>
    );
  }
  return (
    <div className={styles.page}>
      <MapSide
        count={isPending ? undefined : points.length}
        isPart={isPart}
        text={text}
        onSearch={(value) => put({ q: value, like: "" })}
        colouring={colouring}
        onColouring={(value) => put({ colour: value })}
        legend={isPending || infoIsPending || namesArePending ? undefined : colours.legend}
        looked={looked}
        neighbours={neighbours.isPending ? undefined : (neighbours.data ?? [])}
        circled={circled}
        found={found.data}
        onClear={() => {
          // One step back: from the mention to the lasso or the search, and from there to everything.
          if (looked) return put({ like: "" });
          if (circled.length > 0) return setCircled(NO_POINTS);
          put({ q: "" });
        }}
      />
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
          onTool={setTool}
          onMove={move}
          onZoom={zoom}
          onLook={(point) => put({ like: keyOf(point) })}
          onLasso={(around) => {
            put({ like: "" });
            setCircled(around);
            setTool("move");
          }}
        />
        <div className={styles.tools} role="toolbar" aria-label={words.tool}>
          <Button onPress={({ pointerType }) => setTool(tool === "move" ? lassoOf(pointerType) : "move")}>
            {tool === "move" ? words.lasso : words.move}
          </Button>
          <Button aria-label={words.closer} onPress={() => zoom(CLOSER)}>
            +
          </Button>
          <Button aria-label={words.farther} onPress={() => zoom(1 / CLOSER)}>
            −
          </Button>
          <Button onPress={showAll}>{words.whole}</Button>
          <Button onPress={() => stage.current && savePicture(stage.current)}>{words.savePicture}</Button>
        </div>
      </div>
    </div>
  );
}
