import type { Page } from "@playwright/test";

import { expect, prefer, test, tick } from "./support";

async function openFirst(page: Page, address: string, search: string) {
  await page.goto(`${address}/comments?${search}`);
  await page.getByRole("grid", { name: "Comments found" }).getByRole("row").first().click();
  const panel = page.getByRole("complementary", { name: "Comment" });
  await expect(panel.getByRole("heading", { name: "Mention 1" })).toBeVisible();
  const mention = panel.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Mention 1" }) });
  return { panel, mention };
}

test("a person corrects a sentiment, is asked for a name once, and takes it back", async ({ page, service }) => {
  const { panel, mention } = await openFirst(page, service, "source=sample-appstore&meant=negative&sentiment=negative");
  await expect(mention.getByText("negative")).toBeVisible();
  await mention.getByRole("button", { name: "Correct: Sentiment" }).click();
  const sheet = page.getByRole("dialog", { name: "Correct the sentiment" });
  await tick(sheet.getByRole("radio", { name: "positive" }));
  await sheet.getByRole("textbox", { name: "Your name" }).fill("anna");
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await expect(panel.getByRole("status")).toContainText("Sentiment corrected.");
  await expect(mention.getByText("positive")).toBeVisible();
  await expect(mention.getByText(/corrected by anna/)).toBeVisible();

  await page.reload();
  await expect(mention.getByText(/corrected by anna/)).toBeVisible();
  await mention.getByRole("button", { name: "Correct: Sentiment" }).click();
  await expect(sheet.getByRole("textbox", { name: "Your name" })).toHaveCount(0);
  await sheet.getByRole("button", { name: "Withdraw" }).click();
  await expect(panel.getByRole("status")).toContainText("the machine's label counts again");
  await expect(mention.getByText("negative")).toBeVisible();
  await expect(mention.getByText(/corrected by/)).toHaveCount(0);
});

test("a touchpoint is corrected twice, and undo leads back to the first correction", async ({ page, service }) => {
  await prefer(page, { person: "bert" });
  const { panel, mention } = await openFirst(page, service, "channel=chat");
  for (const touchpoint of ["Abonnement", "Fahrkartenkauf"]) {
    await mention.getByRole("button", { name: "Correct: Touchpoint" }).click();
    await tick(page.getByRole("radio", { name: touchpoint }));
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(mention.getByText(touchpoint)).toBeVisible();
  }
  await panel.getByRole("button", { name: "Undo" }).click();
  await expect(panel.getByRole("status")).toContainText("Taken back.");
  await expect(mention.getByText("Abonnement")).toBeVisible();
});

test("topics are corrected, and the list shows what the comment says now", async ({ page, service }) => {
  await prefer(page, { person: "carla", language: "de" });
  await page.goto(`${service}/comments?channel=social`);
  await page.getByRole("grid", { name: "Gefundene Kommentare" }).getByRole("row").first().click();
  await page.getByRole("button", { name: "Korrigieren: Themen" }).first().click();
  const sheet = page.getByRole("dialog", { name: "Themen korrigieren" });
  const chosen = sheet.getByRole("checkbox").first();
  await tick(chosen);
  await sheet.getByRole("button", { name: "Speichern" }).click();
  await expect(page.getByText(/korrigiert von carla/)).toBeVisible();
  await page.getByRole("button", { name: "Rückgängig" }).click();
  await expect(page.getByText(/korrigiert von carla/)).toHaveCount(0);
});
