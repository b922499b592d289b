import { usePreferences, type Language } from "../app/preferences";
import { de } from "./de";
import { en, type Messages } from "./en";

const MESSAGES: Record<Language, Messages> = { de, en };

/** The page's words in the reader's language. */
export function useMessages(): Messages {
  return MESSAGES[usePreferences().language];
}
