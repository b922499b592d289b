import { expect, expectAccessible, test, tick } from "./support";

test("lists the comments and reads on while one scrolls", async ({ page, service }) => {
  await page.goto(`${service}/comments`);
  await expect(page.getByRole("status").first()).toHaveText("315 comments");
  const list = page.getByRole("grid", { name: "Comments found" });
  const oldest = list.getByText("Lindenplatz und der Aufzug ist schon wieder kaputt");
  await expect(list.getByRole("row").first()).toBeVisible();
  await expect(async () => {
    await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect(oldest).toBeVisible({ timeout: 200 });
  }).toPass();
  expect(await list.getByRole("row").count()).toBeLessThan(60);
});

test("filters stand in the address and can be taken away", async ({ page, service }) => {
  await page.goto(`${service}/comments`);
  await tick(page.getByRole("checkbox", { name: "Call centre" }));
  await page.getByRole("button", { name: "Friction", exact: true }).click();
  await tick(page.getByRole("checkbox", { name: "Waiting" }));
  await expect(page).toHaveURL(/friction=waiting&channel=call_centre/);
  const filtered = page.getByRole("status").first();
  // The condition stands above the comments from the moment in which they are asked for.
  await expect(page.getByRole("row", { name: "Friction: Waiting" })).toBeVisible();
  await expect(filtered).toHaveText(/^\d+ comments?$/);
  await expect(filtered).not.toHaveText("315 comments");
  const found = await filtered.textContent();
  await page.reload();
  await expect(filtered).toHaveText(found ?? "");
  await page.getByRole("row", { name: "Friction: Waiting" }).getByRole("button", { name: "Remove" }).click();
  await expect(page).toHaveURL(/\?channel=call_centre$/);
  await page.getByRole("button", { name: "Remove all" }).click();
  await expect(filtered).toHaveText("315 comments");
});

test("every kind of condition is understood by the service", async ({ page, service }) => {
  const addresses = [
    "touchpoint=customer-service&owner=Kundendialog&phase=retention&topic=communication&meant=negative&friction=waiting",
    "channel=survey&source=sample-survey&journey=public-transport&language=de&survey=permanent&subject=k-1042",
    "sentiment=mixed&action=answer_needed&from=2026-01-01&until=2026-03-31",
    "score.nps=0..6&score.csat=1..&score.stars=..5&score.sentiment=-1..1&score.severity=0.5..",
    "sort=severity&order=ascending",
  ];
  for (const address of addresses) {
    await page.goto(`${service}/comments?${address}`);
    await expect(page.getByRole("status").first()).toHaveText(/\d+ comments?$/);
    await expect(page.getByRole("alert")).toHaveCount(0);
  }
});

test("searches by meaning while one types, and a found comment has an address", async ({ page, service, context }) => {
  await page.goto(`${service}/comments`);
  await page.getByRole("searchbox").fill("nobody tells me what happens next");
  await expect(page.getByText("The 50 nearest mentions")).toBeVisible();
  await page.getByRole("grid", { name: "Comments found" }).getByRole("row").first().click();
  const panel = page.getByRole("complementary", { name: "Comment" });
  await expect(panel.getByText("Mention 1")).toBeVisible();
  const text = await panel.getByRole("paragraph").first().textContent();

  const another = await context.newPage();
  await another.goto(page.url());
  const samePanel = another.getByRole("complementary", { name: "Comment" });
  await expect(samePanel.getByRole("paragraph").first()).toHaveText(text ?? "");
  await another.close();

  await panel.getByRole("button", { name: "Find similar" }).first().click();
  await expect(page).toHaveURL(/like=/);
  await expect(page.getByText("The 50 nearest mentions")).toBeVisible();
});

test("an address that leads nowhere says so in plain words", async ({ page, service }) => {
  await page.goto(`${service}/no-such-view`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await page.goto(`${service}/comments/00000000-0000-5000-8000-000000000000`);
  await expect(page.getByRole("alert")).toContainText("It is not there any more");
});

test("keyboard alone is enough to find, open and leave a comment", async ({ page, service }) => {
  await page.goto(`${service}/comments`);
  await expect(page.getByRole("grid", { name: "Comments found" })).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.getByRole("searchbox").focus();
  await page.keyboard.insertText("elevator out of order");
  await expect(page.getByText("The 50 nearest mentions")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("grid", { name: "Comments found" }).getByRole("row").first()).toBeFocused();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Comment" });
  await expect(panel.getByRole("heading", { name: "Comment" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(panel).toHaveCount(0);
});

test("a mention says which words gave it its labels", async ({ page, service }) => {
  await page.goto(`${service}/comments?meant=negative&channel=app_store`);
  await page.getByRole("grid", { name: "Comments found" }).getByRole("row").first().click();
  const panel = page.getByRole("complementary", { name: "Comment" });
  await panel.getByRole("button", { name: "Why?" }).first().click();
  await expect(panel.getByText(/^Sentiment: (negative|neutral|positive)/)).toBeVisible();
  await expect(panel.locator("mark[title^='Speaks for it']").first()).toBeVisible();
  await expectAccessible(page);
});

for (const theme of ["light", "dark"] as const) {
  for (const language of ["en", "de"] as const) {
    test(`comments are accessible, ${theme} and ${language}`, async ({ browser, service }) => {
      const locale = { en: "en-GB", de: "de-DE" }[language];
      const context = await browser.newContext({ locale, colorScheme: theme });
      const page = await context.newPage();
      await page.goto(`${service}/comments?channel=call_centre`);
      await page.getByRole("row").nth(2).click();
      await expect(page.getByRole("heading", { name: /^(Mention|Aussage) 1$/ })).toBeVisible();
      await expectAccessible(page);
      await page.getByRole("button", { name: /^(Correct|Korrigieren): / }).first().click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await expectAccessible(page);
      await context.close();
    });
  }
}

test("the settings change language and appearance, and stay", async ({ page, service }) => {
  await page.goto(`${service}/comments`);
  await page.getByRole("button", { name: "Settings" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("button", { name: /Language/ }).click();
  await page.getByRole("option", { name: "Deutsch" }).click();
  await sheet.getByRole("button", { name: /Darstellung/ }).click();
  await page.getByRole("option", { name: "Dunkel" }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Fertig" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Kommentare" })).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(page.locator("html")).toHaveCSS("color-scheme", "dark");
});

test("on a tablet the filters open over the page", async ({ page, service }) => {
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.goto(`${service}/comments`);
  await page.getByRole("button", { name: "Filters" }).click();
  const sheet = page.getByRole("dialog", { name: "Filters" });
  await tick(sheet.getByRole("checkbox", { name: "Chat" }));
  await expectAccessible(page);
  await sheet.getByRole("button", { name: "Show comments" }).click();
  await expect(page.getByRole("button", { name: "Filters (1)" })).toBeVisible();
});
