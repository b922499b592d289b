import { expect, expectAccessible, test } from "./support";

test("the overview says what there is, and leads to the comments behind it", async ({ page, service }) => {
  await page.goto(service);
  await expect(page.getByText("315 comments read")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "All who need an answer" }).click();
  await expect(page).toHaveURL(/action=answer_needed&sort=severity/);
});

test("a view that cannot be read says so, and the others are still there", async ({ browser, service }) => {
  // A context of its own: the browser logs what could not be read.
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  let isGone = true;
  await page.route("**/assets/TrendsPage-*.js", (route) => (isGone ? route.abort() : route.continue()));
  for (const begin of [() => page.goto(`${service}/trends`), () => page.getByRole("link", { name: "Trends" }).click()]) {
    await begin();
    await expect(page.getByRole("alert")).toContainText("Try again");
    await page.getByRole("link", { name: "Comments" }).click();
    await expect(page.getByRole("grid", { name: "Comments found" })).toBeVisible();
  }
  isGone = false;
  await page.getByRole("link", { name: "Trends" }).click();
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("img", { name: "Net sentiment: All together" })).toBeVisible();
  await context.close();
});
