import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";

export type Language = "de" | "en";
export type Theme = "system" | "light" | "dark";

interface Stored {
  language: Language;
  theme: Theme;
  /** Under which corrections are made; empty until somebody says it. */
  person: string;
}

interface Preferences extends Stored {
  change(part: Partial<Stored>): void;
}

const STORAGE_KEY = "klartext";
const PreferencesContext = createContext<Preferences | undefined>(undefined);

function load(): Stored {
  const language: Language = navigator.language.startsWith("de") ? "de" : "en";
  const defaults: Stored = { language, theme: "system", person: "" };
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}") as Partial<Stored>) };
  } catch {
    return defaults;
  }
}

/** What a reader chose; it stays in this browser. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [stored, setStored] = useState(load);

  useEffect(() => {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(stored));
    document.documentElement.lang = stored.language;
    document.documentElement.dataset.theme = stored.theme;
  }, [stored]);

  const preferences = useMemo<Preferences>(
    () => ({ ...stored, change: (part) => setStored((before) => ({ ...before, ...part })) }),
    [stored],
  );
  return <PreferencesContext value={preferences}>{children}</PreferencesContext>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error("there is no PreferencesProvider");
  return preferences;
}
