import { expect, expectAccessible, test } from "./support";

test("the overview says what there is, and leads to the comments behind it", async ({ page, service }) => {
  await page.goto(service);
  await expect(page.getByText("315 comments read")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "All who need an answer" }).click();
  await expect(page).toHaveURL(/action=answer_needed&sort=severity/);
});
