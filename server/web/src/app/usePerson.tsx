import { useState, type ReactNode } from "react";

import { useMessages } from "../i18n";
import { TextBox } from "../ui/TextBox";
import { usePreferences } from "./preferences";

interface Person {
  /** Asks for the name; nothing when it is known. */
  field: ReactNode;
  /** The name, which is known from now on. */
  remember(): string;
}

/** Under whose name something is changed; asked once. */
export function usePerson(): Person {
  const messages = useMessages();
  const { person, change } = usePreferences();
  const [typed, setTyped] = useState(person);
  const field = person === "" && (
    <TextBox
      label={messages.correct.person}
      hint={messages.correct.personHint}
      value={typed}
      onChange={setTyped}
      maxLength={128}
      isRequired
    />
  );
  const remember = () => {
    const name = typed.trim();
    change({ person: name });
    return name;
  };
  return { field, remember };
}
