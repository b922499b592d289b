let context: CanvasRenderingContext2D | null | undefined;

/** How wide a text is in a font, in pixels. */
export function widthOf(text: string, font: string): number {
  context ??= document.createElement("canvas").getContext("2d");
  if (!context) return 0;
  context.font = font;
  return context.measureText(text).width;
}

/** A text with an ellipsis where it is wider than there is room. */
export function shortened(text: string, font: string, room: number): string {
  if (widthOf(text, font) <= room) return text;
  let kept = text;
  while (kept.length > 1 && widthOf(`${kept}…`, font) > room) kept = kept.slice(0, -1);
  return `${kept.trimEnd()}…`;
}

/** A text in at most so many lines, for drawings, whose texts do not wrap by themselves. */
export function wrapText(text: string, font: string, room: number, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || widthOf(longer, font) <= room) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  const kept = lines.slice(0, most);
  if (lines.length > most) kept[most - 1] = lines.slice(most - 1).join(" ");
  return kept.map((one) => shortened(one, font, room));
}
