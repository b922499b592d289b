import { discovered, expect, expectAccessible, test } from "./support";

/** Between two places of the map that are clicked, as a share of its size: about as far as a click reaches. */
const STEP = 0.02;

test("the map finds by meaning, and a mention shows the nearest ones at an address of its own", async ({ page, service }) => {
  await discovered(page, service);
  await page.goto(`${service}/map`);
  await expect(page.getByRole("status").first()).toHaveText(/\d+ mentions/);
  await page.getByRole("searchbox").fill("nobody calls back");
  await expect(page.getByRole("heading", { name: "Found" })).toBeVisible();
  await expect(page).toHaveURL(/q=nobody\+calls\+back/);

  const map = page.getByRole("img", { name: /^Map of mentions/ });
  const box = await map.boundingBox();
  if (!box) throw new Error("the map has no size");
  const looked = page.getByRole("heading", { name: "The nearest mentions" });
  // Somewhere there is a mention.
  for (let down = 0.1; down < 0.85 && !page.url().includes("like="); down += STEP) {
    for (let right = 0.1; right < 0.95 && !page.url().includes("like="); right += STEP) {
      await page.mouse.click(box.x + box.width * right, box.y + box.height * down);
    }
  }
  await expect(page).toHaveURL(/like=/);
  await expect(looked).toBeVisible();
  await page.reload();
  // The legend is whole: what comes later would move the link away from under the pointer.
  await expect(page.getByRole("listitem").filter({ hasText: /^others$/ })).toBeVisible();
  await expect(looked).toBeVisible();
  await expect(page.getByRole("heading", { name: "Mention", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Open the comment" }).first().click();
  await expect(page.getByRole("complementary", { name: "Comment" })).toBeVisible();
});

test("a lasso gathers mentions, by keyboard the map moves, and it is saved as a picture", async ({ page, service }) => {
  await discovered(page, service);
  await page.goto(`${service}/map?colour=channel`);
  await expect(page.getByRole("listitem").filter({ hasText: "Call centre" }).first()).toBeVisible();
  await page.getByRole("button", { name: "Lasso" }).click();
  const map = page.getByRole("img", { name: /^Map of mentions/ });
  const box = await map.boundingBox();
  if (!box) throw new Error("the map has no size");
  const [left, top, right, bottom] = [box.x + 20, box.y + 20, box.x + box.width - 20, box.y + box.height - 60];
  await page.mouse.move(left, top);
  await page.mouse.down();
  for (const [x, y] of [[right, top], [right, bottom], [left, bottom]] as const) await page.mouse.move(x, y);
  await page.mouse.up();
  await expect(page.getByRole("heading", { name: /\d+ in the lasso/ })).toBeVisible();

  await map.focus();
  await page.keyboard.press("+");
  await page.keyboard.press("ArrowLeft");
  await expect(page).toHaveURL(/at=/);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as PNG" }).click();
  expect((await saved).suggestedFilename()).toBe("map.png");
});

test("by keyboard alone a rectangle gathers mentions", async ({ page, service }) => {
  await discovered(page, service);
  await page.goto(`${service}/map`);
  await expect(page.getByRole("status").first()).toHaveText(/\d+ mentions/);
  await page.getByRole("button", { name: "Lasso" }).focus();
  await page.keyboard.press("Enter");
  const rectangle = page.getByRole("application", { name: /^Rectangle on the map/ });
  await expect(rectangle).toBeFocused();
  await expectAccessible(page);
  const counted = page.getByText(/^\d+ in the rectangle$/);
  const before = await counted.textContent();
  for (let press = 0; press < 8; press += 1) await page.keyboard.press("Shift+ArrowLeft");
  for (let press = 0; press < 8; press += 1) await page.keyboard.press("Shift+ArrowUp");
  await expect(counted).not.toHaveText(before ?? "");
  const smaller = await rectangle.boundingBox();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  const moved = await rectangle.boundingBox();
  expect(moved?.width).toBe(smaller?.width);
  expect(moved?.x).toBeGreaterThan(smaller?.x ?? 0);
  expect(moved?.y).toBeGreaterThan(smaller?.y ?? 0);

  const count = Number.parseInt((await counted.textContent()) ?? "", 10);
  expect(count).toBeGreaterThan(0);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: `${count} in the lasso` })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Map of mentions/ })).toBeFocused();
  await expect(rectangle).toHaveCount(0);
  // What was gathered lies before the map.
  await expect(page.getByRole("link", { name: "Open the comment" }).first()).toBeVisible();
  await page.keyboard.press("Shift+Tab");
  await expect(page.getByRole("link", { name: "Open the comment" }).last()).toBeFocused();

  await page.getByRole("button", { name: "Lasso" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("img", { name: /^Map of mentions/ })).toBeFocused();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the map is accessible, ${colorScheme}, in German`, async ({ browser, page, service }) => {
    await discovered(page, service);
    const context = await browser.newContext({ locale: "de-DE", colorScheme });
    const german = await context.newPage();
    await german.goto(`${service}/map?colour=time&q=Aufzug`);
    await expect(german.getByRole("heading", { name: "Gefunden" })).toBeVisible();
    await expectAccessible(german);
    await context.close();
  });
}
