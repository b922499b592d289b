import { valuesOf, nameOf } from "../api/enums";
import { useInfo } from "../api/journeys";
import { Channel, ChannelSchema } from "../gen/klartext/v1/comment_pb";
import { useMessages } from "../i18n";
import { useWords } from "../i18n/useWords";
import { CheckList } from "../ui/CheckList";
import { Picker } from "../ui/Picker";
import { TextBox } from "../ui/TextBox";
import { FIELDS, type Field, type Mapping } from "./fields";
import styles from "./MappingTable.module.css";
import type { CsvFile } from "./readFile";
import { importWords } from "./words";

interface Props {
  file: CsvFile;
  mapping: Mapping;
  onChange(mapping: Mapping): void;
}

const NONE = "";

/** Which column is which field, with the first row as an example. */
export function MappingTable({ file, mapping, onChange }: Props) {
  const words = useWords(importWords);
  const messages = useMessages();
  const { data: info } = useInfo();

  const setColumn = (field: Field, column: string) => {
    const { [field]: _, ...others } = mapping.columns;
    const columns = column === NONE ? others : { ...others, [field]: column };
    onChange({ ...mapping, columns, attributes: mapping.attributes.filter((name) => name !== column) });
  };
  const setEveryRow = (field: Field, value: string) =>
    onChange({ ...mapping, everyRow: { ...mapping.everyRow, [field]: value } });

  const columns = [{ value: NONE, name: words.noColumn }, ...file.columns.map((name) => ({ value: name, name }))];
  const none = { value: NONE, name: words.noColumn };
  const channels = valuesOf<Channel>(ChannelSchema).map((channel) => ({
    value: nameOf(ChannelSchema, channel),
    name: messages.labels.channel[channel],
  }));
  const journeys = info?.journeys.map(({ id, name }) => ({ value: id, name })) ?? [];
  const choices: Partial<Record<Field, { value: string; name: string }[]>> = {
    channel: [none, ...channels],
    journey: [none, ...journeys],
  };

  const example = (field: Field) => {
    const column = mapping.columns[field];
    if (column !== undefined) return <span className={styles.example}>{file.rows[0]?.values[column]}</span>;
    const label = `${words.fields[field]}, ${words.everyRow}`;
    const value = mapping.everyRow[field] ?? "";
    const fieldChoices = choices[field];
    if (fieldChoices) {
      return (
        <Picker
          label={label}
          hiddenLabel
          choices={fieldChoices}
          chosen={value}
          onChange={(chosen) => setEveryRow(field, chosen)}
        />
      );
    }
    if (field !== "source") return null;
    return <TextBox label={words.everyRow} value={value} onChange={(text) => setEveryRow(field, text)} maxLength={128} />;
  };

  const taken = new Set(Object.values(mapping.columns));
  const free = file.columns.filter((name) => !taken.has(name));

  return (
    <section className={styles.mapping}>
      <h2>{words.mapping}</h2>
      <p className={styles.hint}>{words.mappingHint}</p>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{words.field}</th>
            <th scope="col">{words.column}</th>
            <th scope="col">{words.example}</th>
          </tr>
        </thead>
        <tbody>
          {FIELDS.map((field) => (
            <tr key={field}>
              <th scope="row">{words.fields[field]}</th>
              <td>
                <Picker
                  label={`${words.fields[field]}: ${words.column}`}
                  hiddenLabel
                  choices={columns}
                  chosen={mapping.columns[field] ?? NONE}
                  onChange={(column) => setColumn(field, column)}
                />
              </td>
              <td>{example(field)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {free.length > 0 && (
        <div className={styles.attributes}>
          <CheckList
            label={words.attribute}
            choices={free.map((name) => ({ value: name, name }))}
            chosen={mapping.attributes}
            onChange={(attributes) => onChange({ ...mapping, attributes })}
          />
          <p className={styles.hint}>{words.attributeHint}</p>
        </div>
      )}
    </section>
  );
}
