import { expect, expectAccessible, test } from "./support";

test("a figure is followed over time, all together and for each touchpoint", async ({ page, service }) => {
  await page.goto(`${service}/trends`);
  await expect(page.getByRole("img", { name: "Net sentiment: All together" })).toBeVisible();
  await expect(page.getByRole("img", { name: "Net sentiment: Kundenservice" })).toBeVisible();
  await expect(page.getByText(/^All labels are by /)).toBeVisible();
  await page.getByRole("link", { name: "Kundenservice" }).click();
  await expect(page).toHaveURL(/comments\?touchpoint=customer-service&from=/);
});

test("figure, dimension and period stand in the address", async ({ page, service }) => {
  await page.goto(`${service}/trends`);
  const choose = async (picker: string, choice: string) => {
    await page.getByRole("button", { name: picker }).click();
    await page.getByRole("option", { name: choice, exact: true }).click();
  };
  await choose("Figure", "NPS");
  await choose("Divided by", "Channel");
  await choose("A point for each", "Weeks");
  await expect(page).toHaveURL(/figure=nps&by=channel&period=week/);
  await page.reload();
  await expect(page.getByRole("img", { name: "NPS: Survey" })).toBeVisible();
});

test("every figure and every dimension is understood by the service", async ({ page, service }) => {
  const dimensions = ["phase", "owner", "channel", "topic", "friction", "survey_kind", "handover"];
  const figures = ["csat", "mentions", "waiting", "repeated_contact", "uncertainty", "dead_end", "nps"];
  for (const [at, by] of dimensions.entries()) {
    await page.goto(`${service}/trends?by=${by}&figure=${figures[at]}`);
    await expect(page.getByRole("img", { name: /: All together$/ })).toBeVisible();
    await expect(page.getByRole("alert")).toHaveCount(0);
  }
});

test("where nothing was said the view says so", async ({ page, service }) => {
  await page.goto(`${service}/trends?from=2001-01-01&until=2001-12-31`);
  await expect(page.getByRole("heading", { name: "Nothing in this time" })).toBeVisible();
  await expectAccessible(page);
});

test("chart and figures are saved", async ({ page, service }) => {
  await page.goto(`${service}/trends`);
  for (const [button, file] of [
    ["Save as SVG", "trend.svg"],
    ["Save as CSV", "trends.csv"],
  ] as const) {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    expect((await saved).suggestedFilename()).toBe(file);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`trends are accessible, ${colorScheme}, in German`, async ({ browser, service }) => {
    const context = await browser.newContext({ locale: "de-DE", colorScheme });
    const page = await context.newPage();
    await page.goto(`${service}/trends?by=channel`);
    await expect(page.getByRole("img", { name: "Netto-Stimmung: Befragung" })).toBeVisible();
    await expectAccessible(page);
    await context.close();
  });
}
