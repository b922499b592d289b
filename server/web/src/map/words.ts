import type { Language } from "../app/preferences";
import type { Colouring } from "./colouring";

export interface MapWords {
  title: string;
  points(count: string): string;
  pointsSoFar(count: string): string;
  hint: string;
  colourBy: string;
  colourings: Record<Colouring, string>;
  legend: string;
  other: string;
  lasso: string;
  move: string;
  tool: string;
  closer: string;
  farther: string;
  whole: string;
  savePicture: string;
  chart: string;
  found: string;
  inLasso(count: string): string;
  neighbours: string;
  looked: string;
  clear: string;
  none: string;
  noneHint: string;
  noWebGl: string;
  open: string;
  rectangle: string;
  rectangleKeys: string;
  inRectangle(count: string): string;
  labels: string;
  toOperations: string;
}

const de: MapWords = {
  title: "Karte",
  points: (count) => `${count} Aussagen`,
  pointsSoFar: (count) => `Bisher ${count} Aussagen; weitere werden geladen`,
  hint: "Was nah beieinander liegt, sagt Ähnliches. Ziehen verschiebt, das Mausrad oder + und − ändert die Nähe, ein Klick zeigt die Aussage und ihre nächsten. „Umkreisen“ sammelt Aussagen mit einer gezogenen Linie; mit der Tastatur gewählt, mit einem Rechteck: Pfeiltasten verschieben es, mit der Umschalttaste ändern sie seine Größe, die Eingabetaste sammelt.",
  colourBy: "Farbe nach",
  colourings: {
    painPoint: "Schmerzpunkt",
    touchpoint: "Kontaktpunkt",
    channel: "Kanal",
    sentiment: "Stimmung",
    time: "Zeit",
  },
  legend: "Farben",
  other: "übrige",
  lasso: "Umkreisen",
  move: "Verschieben",
  tool: "Werkzeug",
  closer: "Näher",
  farther: "Weiter weg",
  whole: "Alles zeigen",
  savePicture: "Als PNG speichern",
  chart: "Karte der Aussagen. Mit den Pfeiltasten verschieben, mit + und − die Nähe ändern.",
  found: "Gefunden",
  inLasso: (count) => `${count} umkreist`,
  neighbours: "Die nächsten Aussagen",
  looked: "Aussage",
  clear: "Leeren",
  none: "Noch keine Karte",
  noneHint: "Die Karte entsteht mit der Entdeckung der Schmerzpunkte.",
  noWebGl: "Dieser Browser kann die Karte nicht zeichnen: WebGL 2 fehlt.",
  open: "Kommentar öffnen",
  rectangle: "Rechteck auf der Karte. Pfeiltasten verschieben es, mit der Umschalttaste ändern sie die Größe, die Eingabetaste sammelt, Escape beendet.",
  rectangleKeys: "Pfeile verschieben, Umschalt + Pfeile ändern die Größe, + und − die Nähe. Eingabe sammelt, Escape beendet.",
  inRectangle: (count) => `${count} im Rechteck`,
  labels: "Schmerzpunkte auf der Karte",
  toOperations: "Zur Entdeckung",
};

const en: MapWords = {
  title: "Map",
  points: (count) => `${count} mentions`,
  pointsSoFar: (count) => `${count} mentions so far; more are loading`,
  hint: "What lies close together says something similar. Drag to move, the wheel or + and − to come closer, a click shows a mention and the nearest ones. The lasso gathers mentions inside a line that you draw; chosen by keyboard, inside a rectangle: arrow keys move it, with Shift they size it, Enter gathers.",
  colourBy: "Colour by",
  colourings: {
    painPoint: "Pain point",
    touchpoint: "Touchpoint",
    channel: "Channel",
    sentiment: "Sentiment",
    time: "Time",
  },
  legend: "Colours",
  other: "others",
  lasso: "Lasso",
  move: "Move",
  tool: "Tool",
  closer: "Closer",
  farther: "Farther away",
  whole: "Show all",
  savePicture: "Save as PNG",
  chart: "Map of mentions. Arrow keys move it, + and − bring it closer or farther.",
  found: "Found",
  inLasso: (count) => `${count} in the lasso`,
  neighbours: "The nearest mentions",
  looked: "Mention",
  clear: "Clear",
  none: "No map yet",
  noneHint: "The map is made when pain points are discovered.",
  noWebGl: "This browser cannot draw the map: it has no WebGL 2.",
  open: "Open the comment",
  rectangle: "Rectangle on the map. Arrow keys move it, with Shift they size it, Enter gathers, Escape ends.",
  rectangleKeys: "Arrows move it, Shift + arrows size it, + and − bring the map closer or farther. Enter gathers, Escape ends.",
  inRectangle: (count) => `${count} in the rectangle`,
  labels: "Pain points on the map",
  toOperations: "To the discovery",
};

export const mapWords: Record<Language, MapWords> = { de, en };
