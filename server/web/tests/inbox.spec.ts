import { expect, expectAccessible, prefer, test, tick } from "./support";

const LIST = "What needs somebody";

test("an item is acknowledged and resolved with a note, and opened again", async ({ page, service }) => {
  await prefer(page, { person: "anna" });
  await page.goto(`${service}/inbox?reason=answer_needed`);
  const list = page.getByRole("grid", { name: LIST });
  await list.getByRole("row").first().click();
  await expect(page).toHaveURL(/inbox\/[\w-]+\?reason=answer_needed/);
  const panel = page.getByRole("complementary", { name: "Item" });
  const sheet = page.getByRole("dialog");

  await panel.getByRole("button", { name: "Acknowledge" }).click();
  await expectAccessible(page);
  await sheet.getByRole("button", { name: "Acknowledge" }).click();
  await expect(panel.getByText("Done.")).toBeVisible();
  await expect(panel.getByRole("listitem").filter({ hasText: "acknowledged (anna)" })).toBeVisible();

  await panel.getByRole("button", { name: "Resolve" }).click();
  await sheet.getByRole("textbox", { name: "Note" }).fill("<b>Lift</b> repaired, customer called");
  await tick(sheet.getByRole("checkbox", { name: "The customer has got an answer" }));
  await sheet.getByRole("button", { name: "Resolve" }).click();
  await expect(panel.getByText("<b>Lift</b> repaired, customer called")).toBeVisible();
  await expect(panel.getByText("resolved (anna), the customer has an answer")).toBeVisible();

  await panel.getByRole("button", { name: "Reopen" }).click();
  await sheet.getByRole("button", { name: "Reopen" }).click();
  await expect(panel.getByText("reopened (anna)")).toBeVisible();
  await page.keyboard.press("Escape");
});

test("another department gets an item, which leaves the inbox of the first one live", async ({ page, service, context }) => {
  await prefer(page, { person: "anna" });
  await page.goto(`${service}/inbox?owner=Kundendialog&sort=opened`);
  const list = page.getByRole("grid", { name: LIST });
  await list.getByRole("row").first().click();
  await expect(page.getByRole("complementary", { name: "Item" })).toBeVisible();
  const said = (await list.getByRole("row").first().getAttribute("aria-label")) ?? "";

  const other = await context.newPage();
  await prefer(other, { person: "ben" });
  await other.goto(page.url());
  const panel = other.getByRole("complementary", { name: "Item" });
  await panel.getByRole("button", { name: "Reassign" }).click();
  const sheet = other.getByRole("dialog");
  await sheet.getByRole("button", { name: "New owner" }).click();
  await other.getByRole("option", { name: "Vertrieb" }).click();
  await sheet.getByRole("button", { name: "Reassign" }).click();
  await expect(panel.getByText("from Kundendialog to Vertrieb")).toBeVisible();
  await other.close();

  // Nobody touched this page.
  await expect(page.getByText("from Kundendialog to Vertrieb")).toBeVisible();
  await expect(list.getByRole("row", { name: said, exact: true })).toHaveCount(0);
});

test("what comes in while one looks is announced and shown on request", async ({ page, emptyService, context }) => {
  const waiting = (said: string) => `Ich warte seit ${said} auf eine Antwort zu meiner Erstattung, bitte melden Sie sich endlich!`;
  const other = await context.newPage();
  const bring = async (id: string, said: string) => {
    const buffer = Buffer.from(`text,external_id,source\n"${waiting(said)}",${id},live\n`);
    await other.goto(`${emptyService}/import`);
    await other.setInputFiles("input[type=file]", { name: "live.csv", mimeType: "text/csv", buffer });
    await other.getByRole("button", { name: "Import 1 row" }).click();
    await expect(other.getByText("1new")).toBeVisible();
  };
  await bring("live-1", "drei Wochen");
  await page.goto(`${emptyService}/inbox?sort=opened`);
  const list = page.getByRole("grid", { name: LIST });
  await expect(list.getByText(waiting("drei Wochen")).first()).toBeVisible();
  await bring("live-2", "vier Wochen");
  await page.getByRole("button", { name: /^\d+ new items?: show/ }).click();
  await expect(list.getByText(waiting("vier Wochen")).first()).toBeVisible();
});

test("conditions stand in the address, and an item has an address of its own", async ({ page, service }) => {
  await page.goto(`${service}/inbox`);
  const count = page.getByRole("status").first();
  await expect(count).toHaveText(/^\d+ items$/);
  const all = await count.textContent();
  await page.getByRole("button", { name: "Reason: All reasons" }).click();
  await tick(page.getByRole("checkbox", { name: "handover" }));
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/reason=handover/);
  await expect(count).not.toHaveText(all ?? "");
  await page.goto(`${service}/inbox?state=resolved&severity=0.7&owner=nobody`);
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.goto(`${service}/inbox/00000000-0000-5000-8000-000000000000`);
  await expect(page.getByRole("alert")).toContainText("It is not there any more");
});

test("keyboard alone is enough to open and leave an item, and the list is saved", async ({ page, service }) => {
  await page.goto(`${service}/inbox`);
  await page.getByRole("grid", { name: LIST }).getByRole("row").first().focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Item" });
  await expect(panel.getByRole("heading", { name: "Item" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).click();
  expect((await saved).suggestedFilename()).toBe("inbox.csv");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the inbox is accessible, ${colorScheme}, in German`, async ({ browser, service }) => {
    const context = await browser.newContext({ locale: "de-DE", colorScheme });
    const page = await context.newPage();
    await page.goto(`${service}/inbox`);
    await page.getByRole("grid", { name: "Was jemanden braucht" }).getByRole("row").first().click();
    await expect(page.getByRole("heading", { name: "Verlauf" })).toBeVisible();
    await expectAccessible(page);
    await context.close();
  });
}
