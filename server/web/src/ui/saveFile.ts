import Papa from "papaparse";

/** Lets the browser save a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Rows as CSV that spreadsheets read as UTF-8, and in which no text of a customer's becomes a formula. */
export function saveCsv(name: string, rows: Record<string, string | number>[]): void {
  const csv = Papa.unparse(rows, { escapeFormulae: true });
  saveFile(name, new Blob(["\uFEFF", csv], { type: "text/csv;charset=utf-8" }));
}
