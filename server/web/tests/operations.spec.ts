import { expect, expectAccessible, test } from "./support";

test("a re-scoring is started, followed to its end, and said to have changed nothing twice", async ({ page, service }) => {
  await page.goto(`${service}/operations`);
  await page.getByRole("button", { name: "Start re-scoring" }).click();
  await expect(page.getByRole("heading", { name: "Re-scoring: done" })).toBeVisible();
  await expect(page.getByText("315 of 315 comments")).toBeVisible();
  await expectAccessible(page);
  await page.reload();
  await expect(page.getByRole("heading", { name: "Re-scoring: done" })).toBeVisible();
});
