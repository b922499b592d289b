import { expect, prefer, test, tick } from "./support";

const SCRIPT = "<script>alert(document.domain)</script>";
const IMAGE = '<img src=x onerror="alert(1)">';
const LINK = "<a href='javascript:alert(2)'>Der Bus</a> kam wieder zu spät";

const WAITING = `Ich warte seit drei Wochen auf eine Antwort, bitte melden Sie sich endlich! ${IMAGE}`;

test("what customers and senders write is never markup", async ({ page, emptyService }) => {
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const row = [LINK + IMAGE, `h-1${SCRIPT}`, IMAGE, SCRIPT, "2026-02-01", SCRIPT].map(cell).join(",");
  const buffer = Buffer.from(`text,external_id,source,subject,time,${cell(IMAGE)}\n${row}\n`);
  await prefer(page, { person: `${IMAGE}anna` });
  await page.goto(`${emptyService}/import`);
  await page.setInputFiles("input[type=file]", { name: `${IMAGE}.csv`, mimeType: "text/csv", buffer });
  await tick(page.getByRole("checkbox", { name: IMAGE }));
  await page.getByRole("button", { name: "Import 1 row" }).click();
  await expect(page.getByText("1new")).toBeVisible();

  await page.goto(`${emptyService}/comments?${new URLSearchParams({ source: IMAGE })}`);
  const list = page.getByRole("grid", { name: "Comments found" });
  await expect(list.getByText("<a href='javascript:alert(2)'>")).toBeVisible();
  await list.getByRole("row").first().click();
  const panel = page.getByRole("complementary", { name: "Comment" });
  await expect(panel.getByText(SCRIPT, { exact: true })).toBeVisible();
  await expect(panel.getByText(IMAGE, { exact: true })).toBeVisible();
  await expect(panel.getByText(`${IMAGE}: ${SCRIPT}`)).toBeVisible();
  await panel.getByRole("button", { name: "Correct: Touchpoint" }).first().click();
  await tick(page.getByRole("radio", { name: "Abonnement" }));
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(panel.getByText(/corrected by <img src=x/)).toBeVisible();
  await expect(page.locator("main img, main script, main a[href^='javascript:']")).toHaveCount(0);
});

test("nor in the views that show it elsewhere", async ({ page, emptyService }) => {
  const buffer = Buffer.from(`text,external_id,source\n"${WAITING.replaceAll('"', '""')}",h-2,${SCRIPT}\n`);
  await prefer(page, { person: `${IMAGE}anna` });
  await page.goto(`${emptyService}/import`);
  await page.setInputFiles("input[type=file]", { name: "h.csv", mimeType: "text/csv", buffer });
  await page.getByRole("button", { name: "Import 1 row" }).click();
  await expect(page.getByText("1new")).toBeVisible();

  await page.goto(`${emptyService}/inbox?sort=opened`);
  await page.getByRole("grid", { name: "What needs somebody" }).getByRole("row").first().click();
  const panel = page.getByRole("complementary", { name: "Item" });
  await panel.getByRole("button", { name: "Acknowledge" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "Note" }).fill(SCRIPT);
  await sheet.getByRole("button", { name: "Acknowledge" }).click();
  await expect(panel.getByText(SCRIPT)).toBeVisible();
  await expect(panel.getByText(/acknowledged \(<img src=x/)).toBeVisible();
  for (const view of ["inbox", "journey", "trends", "map", ""]) {
    await page.goto(`${emptyService}/${view}`);
    await expect(page.getByRole("heading", { level: 1 }).or(page.getByRole("heading", { level: 2 })).first()).toBeVisible();
    await expect(page.locator("main img, main script, main a[href^='javascript:']")).toHaveCount(0);
  }
});
