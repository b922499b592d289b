import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { PreferencesProvider } from "./preferences";

/** Draws the page, and keeps it drawn. */
export function draw(root: HTMLElement): void {
  createRoot(root).render(
    <StrictMode>
      <PreferencesProvider>
        <App />
      </PreferencesProvider>
    </StrictMode>,
  );
}
