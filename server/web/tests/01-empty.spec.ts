import { expect, expectAccessible, test } from "./support";

// First by its name: later tests import into this service.
test("an empty store says what to do", async ({ page, emptyService }) => {
  await page.goto(emptyService);
  await expect(page.getByRole("heading", { name: "No comments yet" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Import a CSV file" }).click();
  await expect(page.getByText("Drop a CSV file here")).toBeVisible();
  await expectAccessible(page);
});
