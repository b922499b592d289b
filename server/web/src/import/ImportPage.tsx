import { useState } from "react";

import { useMessages } from "../i18n";
import { useFormat } from "../i18n/format";
import { useWords } from "../i18n/useWords";
import { Button } from "../ui/Button";
import { PageHeading } from "../ui/PageHeading";
import { FilePicker } from "./FilePicker";
import { suggestMapping, type Mapping } from "./fields";
import styles from "./ImportPage.module.css";
import { ImportProgress } from "./ImportProgress";
import { MappingTable } from "./MappingTable";
import { readFile, type CsvFile } from "./readFile";
import { useImport } from "./useImport";
import { importWords } from "./words";

/** Comments out of a CSV file. */
export function ImportPage() {
  const words = useWords(importWords);
  const messages = useMessages();
  const format = useFormat();
  const [file, setFile] = useState<CsvFile>();
  const [mapping, setMapping] = useState<Mapping>();
  const [unreadable, setUnreadable] = useState<string>();
  const { state, start, cancel, forget } = useImport(words);

  const open = async (chosen: File) => {
    const read = await readFile(chosen);
    setFile(read);
    setMapping(read && suggestMapping(read.columns, read.name));
    setUnreadable(read ? undefined : chosen.name);
    forget();
  };

  const has = (field: "text" | "source") => Boolean(mapping?.columns[field] || mapping?.everyRow[field]?.trim());
  const missing = !has("text") ? words.needsText : !has("source") ? words.needsSource : undefined;

  return (
    <div className={styles.page}>
      <PageHeading>{words.title}</PageHeading>
      {!file && (
        <>
          <p className={styles.intro}>{words.intro}</p>
          <FilePicker onFile={(chosen) => void open(chosen)} />
        </>
      )}
      {unreadable && <p role="alert">{words.unreadable(unreadable)}</p>}
      {file && mapping && (
        <>
          <p className={styles.file}>
            <b>{file.name}</b> {words.rows(format.count(file.rows.length), file.rows.length === 1)}
            {state?.phase !== "running" && (
              <Button look="quiet" onPress={() => setFile(undefined)}>
                {words.another}
              </Button>
            )}
          </p>
          {state ? (
            <ImportProgress state={state} onCancel={cancel} mapping={mapping} />
          ) : (
            <>
              <MappingTable file={file} mapping={mapping} onChange={setMapping} />
              <p className={styles.intro}>{messages.detail.masked}</p>
              <div className={styles.start}>
                <Button look="strong" isDisabled={missing !== undefined} onPress={() => void start(file, mapping)}>
                  {words.start(format.count(file.rows.length), file.rows.length === 1)}
                </Button>
                {missing && <span className={styles.missing}>{missing}</span>}
              </div>
            </>
          )}
        </>
      )}
    </div>
  );
}
