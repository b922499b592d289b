import type { Page } from "@playwright/test";

import { PLANTED_TIME, plantChange } from "./planted";
import { Service } from "./service";
import { expect, expectAccessible, test } from "./support";

// Looking through takes the service longer where others use the machine.
const LOOKED_THROUGH = { timeout: 90_000 };

test.describe.configure({ mode: "serial", timeout: 150_000 });

let changed: Service;

test.beforeAll(async () => {
  changed = await Service.start();
  await plantChange(changed.address);
});

test.afterAll(() => changed.stop());

const table = (page: Page) => page.getByRole("region", { name: "What has changed" });
const mark = (page: Page) => page.getByRole("button", { name: /^1: .*Kundenservice, NPS: .*since 30 Mar 2026, p: < 0.001/ });

test("the charts are there before changes are looked for", async ({ page }) => {
  let goOn = () => {};
  const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
  await page.route("**/klartext.v1.JourneyService/ListChanges", async (route) => {
    await mayGoOn;
    await route.continue();
  });
  await page.goto(`${changed.address}/trends?${PLANTED_TIME}`);
  await expect(page.getByText("Looking through all figures")).toBeVisible();
  await expect(page.getByRole("img", { name: "Net sentiment: All together" })).toBeVisible();
  await expect(page.getByRole("img", { name: "Net sentiment: Kundenservice" })).toBeVisible();
  await expectAccessible(page);
  goOn();
  await expect(table(page)).toBeVisible(LOOKED_THROUGH);
});

test("a planted change stands on the chart, and leads to the comments before and after", async ({ page }) => {
  await page.goto(`${changed.address}/trends?${PLANTED_TIME}`);
  const row = table(page).getByRole("row", { name: /^1 Kundenservice Touchpoint NPS 30 Mar 2026/ });
  await expect(row).toBeVisible(LOOKED_THROUGH);
  await expect(row).toContainText("worse");
  await expectAccessible(page);

  // A hand has moved the pointer before it comes to rest.
  await page.mouse.move(5, 5);
  await mark(page).first().hover();
  await expect(page.getByRole("tooltip")).toContainText(/Kundenservice, NPS: \+67 \(.* to .*\) → −83/);
  await row.getByRole("link", { name: /^After: −83/ }).click();
  await expect(page).toHaveURL(/touchpoint=customer-service&from=2026-03-30&until=2026-06-21/);
  await expect(page.getByRole("status").first()).toHaveText("48 comments");
  await page.goBack();
  await row.getByRole("link", { name: "NPS" }).click();
  await expect(page).toHaveURL(/figure=nps&by=touchpoint/);
  await expect(page.getByRole("img", { name: "NPS: Kundenservice" })).toBeVisible();
});

test("by keyboard a change is read on the chart, and Enter leads to its row", async ({ page }) => {
  await page.goto(`${changed.address}/trends?${PLANTED_TIME}&figure=nps`);
  await expect(mark(page).first()).toBeVisible(LOOKED_THROUGH);
  await page.getByRole("button", { name: "Owner: All" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(mark(page).first()).toBeFocused();
  await expect(page.getByRole("tooltip")).toContainText("Kundenservice, NPS");
  await page.keyboard.press("Enter");
  await expect(table(page).getByRole("row", { name: /^1 / }).first()).toBeFocused();
});

test("changes are saved, and how sure they are stands in the address", async ({ page }) => {
  await page.goto(`${changed.address}/trends?${PLANTED_TIME}`);
  await expect(table(page)).toBeVisible(LOOKED_THROUGH);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as CSV" }).last().click();
  expect((await saved).suggestedFilename()).toBe("changes.csv");
  await page.getByRole("button", { name: /False alarm at most$/ }).click();
  await page.getByRole("option", { name: "in 1 of 20 quiet times" }).click();
  await expect(page).toHaveURL(/chance=0.05/);
});

test("too short a time is said in plain words, and so is that nothing has changed", async ({ page, service }) => {
  await page.goto(`${changed.address}/trends?from=2026-05-01&until=2026-06-01`);
  await expect(page.getByText("Changes show in 12 to 120 whole weeks.")).toBeVisible();
  await page.goto(`${service}/trends`);
  await expect(page.getByText("Nothing has changed beyond chance.")).toBeVisible(LOOKED_THROUGH);
  await expectAccessible(page);
});

test("changes are accessible, dark and in German", async ({ browser }) => {
  const context = await browser.newContext({ locale: "de-DE", colorScheme: "dark" });
  const page = await context.newPage();
  await page.goto(`${changed.address}/trends?${PLANTED_TIME}&owner=Vertrieb`);
  await expect(page.getByText("Bedingungen an einzelne Aussagen")).toBeVisible();
  await expect(page.getByRole("region", { name: "Was sich geändert hat" })).toBeVisible(LOOKED_THROUGH);
  await page.getByRole("button", { name: /^1: .*Kundenservice/ }).first().focus();
  await expect(page.getByRole("tooltip")).toBeVisible();
  await expectAccessible(page);
  await context.close();
});
