import { expect, expectAccessible, test } from "./support";

test("drivers stand by importance and fulfilment, in a chart and in a table, and lead to comments", async ({ page, service }) => {
  await page.goto(`${service}/drivers`);
  await expect(page.getByRole("status").first()).toHaveText(/^From \d+ answers; NPS/);
  const chart = page.getByRole("group", { name: "Importance against fulfilment" });
  await expect(chart.getByRole("link").first()).toBeVisible();
  await expectAccessible(page);
  const driver = page.getByRole("table").getByRole("link", { name: "Kundenservice" });
  await driver.click();
  await expect(page).toHaveURL(/comments\?touchpoint=customer-service&from=/);
});

test("score and kind of driver stand in the address", async ({ page, service }) => {
  await page.goto(`${service}/drivers`);
  await page.getByRole("button", { name: "By what" }).click();
  await page.getByRole("option", { name: "All, held apart" }).click();
  await expect(page).toHaveURL(/kind=all/);
  await page.reload();
  await expect(page.getByRole("button", { name: "By what" })).toContainText("All, held apart");
  await expect(page.getByRole("table").getByRole("link", { name: "Waiting" })).toBeVisible();
});

test("with too few answers the view says so", async ({ page, service }) => {
  await page.goto(`${service}/drivers?from=2001-01-01&until=2001-12-31`);
  await expect(page.getByRole("heading", { name: "Too few answers to learn from" })).toBeVisible();
  await expectAccessible(page);
});

test("what good scores hide leads to the comments that show it", async ({ page, service }) => {
  await page.goto(`${service}/drivers`);
  await expect(page.getByRole("heading", { name: "The gap behind which customers leave" })).toBeVisible();
  await page.getByRole("link", { name: "Open the comment" }).first().click();
  await expect(page.getByRole("complementary", { name: "Comment" })).toBeVisible();
});

test("chart and table are saved", async ({ page, service }) => {
  await page.goto(`${service}/drivers`);
  for (const [button, file] of [
    ["Save as SVG", "drivers.svg"],
    ["Save as CSV", "drivers.csv"],
  ] as const) {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    expect((await saved).suggestedFilename()).toBe(file);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`drivers are accessible, ${colorScheme}, in German`, async ({ browser, service }) => {
    const context = await browser.newContext({ locale: "de-DE", colorScheme });
    const page = await context.newPage();
    await page.goto(`${service}/drivers?kind=all`);
    await expect(page.getByRole("region", { name: "Treiber als Tabelle" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Note und Text uneins" })).toBeVisible();
    await expectAccessible(page);
    await context.close();
  });
}
