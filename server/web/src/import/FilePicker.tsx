import { DropZone, FileTrigger, Text } from "react-aria-components";

import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import styles from "./FilePicker.module.css";
import { importWords } from "./words";

/** Takes one file, dropped or chosen. */
export function FilePicker({ onFile }: { onFile(file: File): void }) {
  const words = useWords(importWords);
  return (
    <DropZone
      className={styles.zone ?? ""}
      onDrop={(event) => {
        const dropped = event.items.find((item) => item.kind === "file");
        if (dropped?.kind === "file") void dropped.getFile().then(onFile);
      }}
    >
      <Text slot="label">{words.drop}</Text>
      <FileTrigger
        acceptedFileTypes={[".csv", ".tsv", "text/csv"]}
        onSelect={(files) => {
          const chosen = files?.[0];
          if (chosen) onFile(chosen);
        }}
      >
        <Button>{words.choose}</Button>
      </FileTrigger>
    </DropZone>
  );
}
