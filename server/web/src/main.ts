import "@fontsource-variable/schibsted-grotesk/wght.css";
import "@fontsource-variable/source-serif-4/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";

import { viewAt } from "./app/views";

/**
 * Small, so that the page's frame and the view of the address are read at the same time. What the view shows is asked for
 * before anything is drawn: drawing keeps the browser busy, and the service answers meanwhile.
 */
async function start(root: HTMLElement): Promise<void> {
  // A view that cannot be read says so where it should stand.
  const reading = viewAt(window.location.pathname).catch(() => undefined);
  const [{ draw }, view] = await Promise.all([import("./app/draw"), reading]);
  view?.ask?.(new URLSearchParams(window.location.search));
  draw(root);
}

const root = document.getElementById("root");
if (root) void start(root);
