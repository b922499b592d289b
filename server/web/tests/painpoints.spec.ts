import { expect, expectAccessible, test } from "./support";

test.describe.configure({ mode: "serial" });

test("before a discovery the view says what to do", async ({ page, service }) => {
  await page.goto(`${service}/pain-points`);
  await expect(page.getByRole("heading", { name: "No pain points yet" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "To the discovery" }).click();
  await expect(page).toHaveURL(/operations/);
});

test("a discovery is started and followed to its end", async ({ page, service }) => {
  await page.goto(`${service}/operations`);
  await page.getByRole("button", { name: "Discover pain points" }).click();
  await expect(page.getByRole("heading", { name: "Discovery: done" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Show the pain points" }).click();
  await expect(page.getByRole("table").getByRole("row").nth(1)).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`ranked, opened and read: accessible, ${colorScheme}`, async ({ page, service }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`${service}/pain-points?sort=mentions`);
    const first = page.getByRole("table").getByRole("link").first();
    const name = await first.textContent();
    await expectAccessible(page);
    await first.click();
    await expect(page.getByRole("heading", { level: 1, name: name ?? "" })).toBeVisible();
    await expect(page.getByRole("img", { name: "Share over time" })).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("link", { name: "Open the comment" }).first().click();
    await expect(page.getByRole("complementary", { name: "Comment" })).toBeVisible();
  });
}
