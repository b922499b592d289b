import { expect, expectAccessible, prefer, test } from "./support";

test.describe.configure({ mode: "serial" });

const HOSTILE = "<img src=x onerror=\"alert(1)\"> zweite Leitung";

test("without a measure the view says what to do", async ({ page, service }) => {
  await page.goto(`${service}/measures`);
  await expect(page.getByRole("heading", { name: "No measure recorded yet" })).toBeVisible();
  await expectAccessible(page);
});

test("a measure is recorded, and shows whether it helped", async ({ page, service }) => {
  await prefer(page, { person: "anna" });
  await page.goto(`${service}/measures`);
  await page.getByRole("button", { name: "Record a measure" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "What was done?" }).fill(HOSTILE);
  await sheet.getByRole("button", { name: "Touchpoint", exact: false }).last().click();
  await page.getByRole("option", { name: "Kundenservice" }).click();
  await sheet.getByLabel("From when").fill("2026-05-04");
  await expectAccessible(page);
  await sheet.getByRole("button", { name: "Record" }).click();

  await expect(page.getByRole("heading", { level: 1, name: HOSTILE })).toBeVisible();
  await expect(page.getByText(/recorded by anna/)).toBeVisible();
  const effect = page.getByRole("region", { name: "Has it helped?" });
  await expect(effect.getByRole("row", { name: /^Net sentiment/ })).toBeVisible();
  await expect(page.getByRole("img", { name: "Net sentiment week by week" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Before and after" }).click();
  await page.getByRole("option", { name: "26 weeks" }).click();
  await expect(page).toHaveURL(/measures\/[\w-]+\?weeks=26/);
});

test("a measure is marked on the trends, changed and deleted", async ({ page, service }) => {
  await prefer(page, { person: "anna" });
  await page.goto(`${service}/trends`);
  await page.getByRole("link", { name: `Measure: ${HOSTILE}` }).click();
  await expect(page.locator("main img[src]")).toHaveCount(0);
  const sheet = page.getByRole("dialog");
  await page.getByRole("button", { name: "Change" }).click();
  await sheet.getByRole("textbox", { name: "What was done?" }).fill("Zweite Leitung");
  await sheet.getByRole("button", { name: "Record" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Zweite Leitung" })).toBeVisible();
  await page.getByRole("button", { name: "Delete" }).click();
  await sheet.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("heading", { name: "No measure recorded yet" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`measures are accessible, ${colorScheme}, in German`, async ({ browser, service }) => {
    const context = await browser.newContext({ locale: "de-DE", colorScheme });
    const page = await context.newPage();
    await page.goto(`${service}/measures`);
    await page.getByRole("button", { name: "Maßnahme festhalten" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectAccessible(page);
    await context.close();
  });
}
