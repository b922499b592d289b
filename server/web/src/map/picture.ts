import { saveFile } from "../ui/saveFile";

const LABEL_HEIGHT = 18;
const LABEL_EDGE = 5;
const LABEL_BASE = 13;

/** Draws the map as it is in sight, from its layers and labels, and saves it as PNG. */
export function savePicture(stage: HTMLElement): void {
  const { width, height } = stage.getBoundingClientRect();
  const density = window.devicePixelRatio;
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [Math.round(width * density), Math.round(height * density)];
  const context = picture.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(stage);
  context.scale(density, density);
  context.fillStyle = style.backgroundColor;
  context.fillRect(0, 0, width, height);
  const { left, top } = stage.getBoundingClientRect();
  for (const layer of stage.querySelectorAll("canvas")) {
    const place = layer.getBoundingClientRect();
    context.drawImage(layer, place.left - left, place.top - top, place.width, place.height);
  }
  context.font = `600 12px ${style.fontFamily}`;
  for (const label of stage.querySelectorAll("li")) {
    const place = label.getBoundingClientRect();
    const [x, y] = [place.left - left, place.top - top];
    context.globalAlpha = 0.82;
    context.fillStyle = style.backgroundColor;
    context.fillRect(x, y, place.width, LABEL_HEIGHT);
    context.globalAlpha = 1;
    context.fillStyle = style.color;
    context.fillText(label.textContent ?? "", x + LABEL_EDGE, y + LABEL_BASE, place.width - 2 * LABEL_EDGE);
  }
  picture.toBlob((content) => content && saveFile("map.png", content));
}
