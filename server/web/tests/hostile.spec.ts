import { expect, prefer, test, tick } from "./support";

const SCRIPT = "<script>alert(document.domain)</script>";
const IMAGE = '<img src=x onerror="alert(1)">';
const LINK = "<a href='javascript:alert(2)'>Der Bus</a> kam wieder zu spät";

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
