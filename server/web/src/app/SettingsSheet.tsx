import { useMessages } from "../i18n";
import { Button } from "../ui/Button";
import { Picker } from "../ui/Picker";
import { Sheet } from "../ui/Sheet";
import { TextBox } from "../ui/TextBox";
import { usePreferences, type Language, type Theme } from "./preferences";

interface Props {
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
}

// Each in its own language, so that everybody finds theirs.
const LANGUAGES: { value: Language; name: string }[] = [
  { value: "de", name: "Deutsch" },
  { value: "en", name: "English" },
];
const THEMES: Theme[] = ["system", "light", "dark"];

export function SettingsSheet({ isOpen, onOpenChange }: Props) {
  const messages = useMessages();
  const { language, theme, person, change } = usePreferences();
  const { settings } = messages;
  return (
    <Sheet title={settings.title} isOpen={isOpen} onOpenChange={onOpenChange}>
      <Picker
        label={settings.language}
        choices={LANGUAGES}
        chosen={language}
        onChange={(chosen) => change({ language: chosen })}
      />
      <Picker
        label={settings.theme}
        choices={THEMES.map((value) => ({ value, name: settings.themes[value] }))}
        chosen={theme}
        onChange={(chosen) => change({ theme: chosen })}
      />
      <TextBox
        label={settings.person}
        hint={settings.personHint}
        value={person}
        onChange={(name) => change({ person: name })}
        maxLength={128}
      />
      <Button look="strong" onPress={() => onOpenChange(false)}>
        {settings.close}
      </Button>
    </Sheet>
  );
}
