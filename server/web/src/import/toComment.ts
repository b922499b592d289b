import { create, type DescEnum } from "@bufbuild/protobuf";
import { timestampFromDate, type Timestamp } from "@bufbuild/protobuf/wkt";

import { valueOf } from "../api/enums";
import {
  ChannelSchema,
  CommentSchema,
  SurveyKindSchema,
  type AttributeValue,
  type Channel,
  type Comment,
  type SurveyKind,
} from "../gen/klartext/v1/comment_pb";
import type { Field, Mapping } from "./fields";
import type { CsvRow } from "./readFile";
import type { ImportWords } from "./words";

/** Why a row is no comment. */
export class RowProblem extends Error {}

const GERMAN_DATE = /^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?$/;
const ISO_WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?$/;

/** RFC 3339, or a date with or without a time as in Germany or ISO 8601; without an offset it is UTC, as in `klartext import`. */
export function parseTime(text: string): Date | undefined {
  const german = GERMAN_DATE.exec(text);
  const [, day = "", month = "", year = "", clock = "00:00"] = german ?? [];
  const iso = german
    ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T${clock.padStart(5, "0")}Z`
    : ISO_WITHOUT_ZONE.test(text)
      ? `${text.length > 10 ? text.replace(" ", "T") : `${text}T00:00`}Z`
      : text;
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Turns rows into comments by a mapping. */
export class RowReader {
  constructor(
    private readonly mapping: Mapping,
    private readonly words: ImportWords,
  ) {}

  /** Throws a RowProblem. */
  read(row: CsvRow): Comment {
    if (row.isTooLong) throw new RowProblem(this.words.problems.columns);
    const text = (field: Field) => this.value(row, field);
    const time = this.time(text("time").trim());
    return create(CommentSchema, {
      externalId: text("externalId"),
      source: text("source"),
      text: text("text"),
      journey: text("journey"),
      channel: this.named<Channel>("channel", ChannelSchema, text("channel")),
      language: text("language"),
      question: text("question"),
      touchpoint: text("touchpoint"),
      surveyKind: this.named<SurveyKind>("surveyKind", SurveyKindSchema, text("surveyKind")),
      subject: text("subject"),
      scores: {
        ...this.number("nps", text("nps")),
        ...this.number("csat", text("csat")),
        ...this.number("stars", text("stars")),
      },
      attributes: this.attributes(row),
      ...(time && { time }),
    });
  }

  value(row: CsvRow, field: Field): string {
    const column = this.mapping.columns[field];
    const found = column === undefined ? "" : (row.values[column] ?? "");
    return found.trim() === "" ? (this.mapping.everyRow[field] ?? "") : found;
  }

  private number(field: "nps" | "csat" | "stars", text: string): Partial<Record<typeof field, number>> {
    if (text.trim() === "") return {};
    const number = Number(text.trim().replace(",", "."));
    if (!Number.isFinite(number)) throw new RowProblem(this.words.problems.number(this.words.fields[field], text));
    return { [field]: number };
  }

  private time(text: string): Timestamp | undefined {
    if (text === "") return undefined;
    const date = parseTime(text);
    if (!date) throw new RowProblem(this.words.problems.time(text));
    return timestampFromDate(date);
  }

  private named<T extends number>(field: Field, schema: DescEnum, text: string): T | undefined {
    const name = text.trim().toLowerCase().replace(/[- ]/g, "_");
    if (name === "") return undefined;
    const value = valueOf<T>(schema, name);
    if (value === undefined) throw new RowProblem(this.words.problems.value(this.words.fields[field], text));
    return value;
  }

  private attributes(row: CsvRow): Record<string, AttributeValue> {
    const given = this.mapping.attributes.filter((name) => (row.values[name] ?? "").trim() !== "");
    return Object.fromEntries(
      given.map((name) => {
        const text = row.values[name] ?? "";
        const number = Number(text.trim().replace(",", "."));
        const value = Number.isFinite(number)
          ? ({ case: "number", value: number } as const)
          : ({ case: "text", value: text } as const);
        return [name, { $typeName: "klartext.v1.AttributeValue" as const, value }];
      }),
    );
  }
}
