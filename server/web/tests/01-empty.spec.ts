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

for (const [path, heading] of [
  ["pain-points", "No pain points yet"],
  ["map", "No map yet"],
] as const) {
  test(`without a discovery, ${path} says what to do`, async ({ page, emptyService }) => {
    await page.goto(`${emptyService}/${path}`);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("button", { name: "To the discovery" }).click();
    await expect(page).toHaveURL(/operations/);
  });
}

test("without a run, operations say so", async ({ page, emptyService }) => {
  await page.goto(`${emptyService}/operations`);
  await expect(page.getByText("None yet.").first()).toBeVisible();
  await expectAccessible(page);
});
