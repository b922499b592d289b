import { expect, expectAccessible, prefer, test, tick } from "./support";

const FILE = [
  "Nr;Kommentar;NPS;Datum;Kanal;Wartezeit",
  "1;Der Bus kam wieder nicht;2;31.01.2026;chat;540",
  "2;Alles bestens, danke;neun;31.01.2026;chat;",
  "3;   ;5;31.01.2026;chat;",
  "4;Ich habe zum dritten Mal angerufen;1;gestern;chat;",
  "5;Der Automat schluckt mein Geld;3;01.02.2026;Brieftaube;",
  "6;Niemand sagt mir, wie es weitergeht;4;02.02.2026;e-mail;60",
].join("\r\n");

test("a German spreadsheet is imported, its bad rows are told with the reason, and a second import stores nothing twice", async ({
  page,
  emptyService,
}) => {
  await prefer(page, { language: "de" });
  await page.goto(`${emptyService}/import`);
  // As Excel writes it on a German computer.
  const buffer = Buffer.from(FILE, "latin1");
  const choose = () => page.setInputFiles("input[type=file]", { name: "umfrage.csv", mimeType: "text/csv", buffer });
  await choose();
  await expect(page.getByRole("button", { name: "Text: Spalte" })).toContainText("Kommentar");
  await tick(page.getByRole("checkbox", { name: "Wartezeit" }));
  await expectAccessible(page);
  await page.getByRole("button", { name: "6 Zeilen einlesen" }).click();
  await expect(page.getByText("Fertig.")).toBeVisible();
  await expect(page.getByText("2neu")).toBeVisible();
  await expect(page.getByText("4abgewiesen")).toBeVisible();
  await expect(page.getByRole("row", { name: /^3 .*neun/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /^4 .*visible character/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /^5 .*gestern/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /^6 .*Brieftaube/ })).toBeVisible();
  await expectAccessible(page);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Als CSV speichern" }).click();
  expect((await saved).suggestedFilename()).toBe("rejected.csv");

  await page.getByRole("button", { name: "Andere Datei" }).click();
  await choose();
  await page.getByRole("button", { name: "6 Zeilen einlesen" }).click();
  await expect(page.getByText("2schon bekannt").or(page.getByText("2ersetzt"))).toBeVisible();
  await page.getByRole("button", { name: "Kommentare zeigen" }).click();
  await expect(page).toHaveURL(/source=umfrage/);
  await expect(page.getByRole("status").first()).toHaveText("2 Kommentare");
});

test("a file that is no table is refused in plain words", async ({ page, emptyService }) => {
  await page.goto(`${emptyService}/import`);
  await page.setInputFiles("input[type=file]", { name: "empty.csv", mimeType: "text/csv", buffer: Buffer.from("") });
  await expect(page.getByRole("alert")).toContainText("empty.csv could not be read");
});
