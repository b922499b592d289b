import { usePreferences, type Language } from "../app/preferences";

/** A view's own words in the reader's language. */
export function useWords<Words>(words: Record<Language, Words>): Words {
  return words[usePreferences().language];
}
