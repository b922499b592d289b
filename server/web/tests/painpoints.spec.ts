import { expect, expectAccessible, test } from "./support";

test.describe.configure({ mode: "serial" });

test("before a discovery the views say what to do", async ({ page, service }) => {
  await page.goto(`${service}/pain-points`);
  await expect(page.getByRole("heading", { name: "No pain points yet" })).toBeVisible();
  await expectAccessible(page);
  await page.goto(`${service}/map`);
  await page.getByRole("button", { name: "Operations" }).click();
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

test("the map shows every mention, and finds by meaning", async ({ page, service }) => {
  await page.goto(`${service}/map`);
  await expect(page.getByRole("status").first()).toHaveText(/\d+ mentions/);
  await page.getByRole("searchbox").fill("nobody calls back");
  await expect(page.getByRole("heading", { name: "Found" })).toBeVisible();
  await expectAccessible(page);
  const map = page.getByRole("img", { name: /^Map of mentions/ });
  await map.focus();
  await page.keyboard.press("+");
  await page.keyboard.press("ArrowLeft");
  await page.getByRole("button", { name: "Lasso" }).click();
  const box = await map.boundingBox();
  if (!box) throw new Error("the map has no size");
  await page.mouse.move(box.x + 60, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 60, box.y + 60);
  await page.mouse.move(box.x + box.width - 60, box.y + box.height - 90);
  await page.mouse.move(box.x + 60, box.y + box.height - 90);
  await page.mouse.up();
  await expect(page.getByRole("heading", { name: /\d+ in the lasso/ })).toBeVisible();
});
