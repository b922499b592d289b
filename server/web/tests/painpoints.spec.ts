import { discovered, expect, expectAccessible, prefer, test } from "./support";

test.describe.configure({ mode: "serial" });

test("a discovery is started and followed to its end", async ({ page, service }) => {
  await discovered(page, service);
  await page.goto(`${service}/operations`);
  const done = page.getByRole("heading", { name: "Discovery: done" });
  await expect(done.first()).toBeVisible();
  const before = await done.count();
  await page.getByRole("button", { name: "Discover pain points" }).click();
  await expect(done).toHaveCount(before + 1);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Show the pain points" }).first().click();
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

test("a person names, dismisses, restores, splits and merges pain points, and takes it back", async ({ page, service }) => {
  await prefer(page, { person: "anna" });
  await page.goto(`${service}/pain-points?sort=mentions`);
  await page.getByRole("table").getByRole("link").first().click();
  const heading = page.getByRole("heading", { level: 1 });
  await expect(heading).not.toHaveText("Pain points");
  const machineName = await heading.textContent();
  const sheet = page.getByRole("dialog");
  const done = page.getByText("Done.");

  await page.getByRole("button", { name: "Rename" }).click();
  await sheet.getByRole("textbox", { name: "Name" }).fill("<b>Nobody</b> knows");
  await expectAccessible(page);
  await sheet.getByRole("button", { name: "Rename" }).click();
  await expect(heading).toHaveText("<b>Nobody</b> knows");
  await expect(page.getByText("named by anna")).toBeVisible();
  await page.getByRole("button", { name: "Take back the last change" }).click();
  await sheet.getByRole("button", { name: "Take back the last change" }).click();
  await expect(heading).toHaveText(machineName ?? "");

  await page.getByRole("button", { name: "Dismiss" }).click();
  await sheet.getByRole("button", { name: "Dismiss" }).click();
  await expect(page.getByText(/^dismissed ·/)).toBeVisible();
  await page.getByRole("button", { name: "Restore" }).click();
  await sheet.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByText(/^active ·/)).toBeVisible();

  await page.getByRole("button", { name: /^Merge: / }).first().click();
  await sheet.getByRole("button", { name: "Merge" }).click();
  await expect(done).toBeVisible();
  await page.getByRole("button", { name: "Take back the last change" }).click();
  await sheet.getByRole("button", { name: "Take back the last change" }).click();
  await expect(sheet).toHaveCount(0);

  await page.getByRole("button", { name: "Split" }).click();
  await sheet.getByRole("button", { name: "Split" }).click();
  await expect(done.or(page.getByText("It has one part only"))).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: "renamed" }).first()).toBeVisible();
});
