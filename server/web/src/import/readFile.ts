import Papa from "papaparse";

/** A CSV file in memory. */
export interface CsvFile {
  name: string;
  columns: string[];
  rows: CsvRow[];
}

export interface CsvRow {
  /** In the file, the header being row 1. */
  number: number;
  values: Record<string, string>;
  /** There were more values than columns. */
  isTooLong: boolean;
}

const EXTRA = "__parsed_extra";

/** UTF-8, or what German Excel writes where it is not. */
async function decode(file: File): Promise<string> {
  const bytes = await file.arrayBuffer();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Undefined when it has no columns or no rows. */
export async function readFile(file: File): Promise<CsvFile | undefined> {
  const text = await decode(file);
  const parsed = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: "greedy" });
  const columns = (parsed.meta.fields ?? []).filter((name) => name.trim() !== "");
  if (columns.length === 0 || parsed.data.length === 0) return undefined;
  const rows = parsed.data.map((values, index) => ({ number: index + 2, values, isTooLong: EXTRA in values }));
  return { name: file.name, columns, rows };
}
