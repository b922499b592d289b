import { discovered, expect, expectAccessible, test, tick } from "./support";

const MAP = "The journey with its touchpoints, handovers and hidden pain points";

test("the journey shows figures at touchpoints, and each leads to the comments behind it", async ({ page, service }) => {
  await page.goto(`${service}/journey`);
  await expect(page.getByRole("status").first()).toHaveText(/^\d+ comments, /);
  const map = page.getByRole("group", { name: MAP });
  const card = map.getByRole("link", { name: /^Fahrkartenkauf, Vertrieb: \d+ mentions$/ });
  const mentions = /(\d+) mentions/.exec((await card.getAttribute("aria-label")) ?? "")?.[1];
  expect(Number(mentions)).toBeGreaterThan(0);
  await card.click();
  await expect(page).toHaveURL(/touchpoint=ticket-purchase&from=\d{4}-\d\d-01&until=/);
  await expect(page.getByRole("status").first()).toHaveText(/^\d+ comments?$/);
  await page.goBack();
  await map.getByRole("link", { name: /^Fahrkartenkauf: net sentiment/ }).click();
  await expect(page).toHaveURL(/touchpoint=ticket-purchase&meant=negative/);
  await expect(page.getByRole("row", { name: "How it is meant: negative" })).toBeVisible();
});

test("a handover's number is that of the comments which tell of it", async ({ page, service }) => {
  await page.goto(`${service}/journey`);
  const handover = page.getByRole("group", { name: MAP }).getByRole("link", { name: /^Handover / }).first();
  const count = /: (\d+) comments/.exec((await handover.getAttribute("aria-label")) ?? "")?.[1];
  await handover.click();
  await expect(page).toHaveURL(/handover=/);
  await expect(page.getByRole("status").first()).toHaveText(count === "1" ? "1 comment" : `${count} comments`);
});

test("what is counted stands in the address, and is taken along to the comments", async ({ page, service }) => {
  await page.goto(`${service}/journey`);
  const counted = page.getByRole("status").first();
  await expect(counted).toHaveText(/^\d+ comments, /);
  const all = await counted.textContent();
  await page.getByRole("button", { name: "Channel: All channels" }).click();
  await tick(page.getByRole("checkbox", { name: "Call centre" }));
  await expect(page).toHaveURL(/channel=call_centre/);
  await page.keyboard.press("Escape");
  await expect(counted).not.toHaveText(all ?? "");
  const fewer = await counted.textContent();
  await page.reload();
  await expect(counted).toHaveText(fewer ?? "");
  await page.getByRole("link", { name: /^Kundenservice, / }).click();
  await expect(page).toHaveURL(/touchpoint=customer-service&channel=call_centre/);
});

test("where nothing was said the view says so, and keeps the journey", async ({ page, service }) => {
  await page.goto(`${service}/journey?from=2001-01-01&until=2001-12-31`);
  await expect(page.getByRole("heading", { name: "Nothing in this time" })).toBeVisible();
  await expect(page.getByText("Nobody speaks of it").first()).toBeVisible();
  await expectAccessible(page);
});

test("figures and drawing are saved", async ({ page, service }) => {
  await page.goto(`${service}/journey`);
  for (const [button, file] of [
    ["Save as SVG", "journey.svg"],
    ["Save as CSV", "journey.csv"],
  ] as const) {
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: button }).click();
    expect((await saved).suggestedFilename()).toBe(file);
  }
});

test("keyboard alone leads through the journey", async ({ page, service }) => {
  await page.goto(`${service}/journey`);
  const card = page.getByRole("link", { name: /^Angebote und Werbung, / });
  await card.focus();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: /^Angebote und Werbung: net sentiment/ })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/touchpoint=offer-information&meant=negative/);
});

for (const theme of ["light", "dark"] as const) {
  for (const [language, heading] of [
    ["en-GB", "In between: hidden pain points"],
    ["de-DE", "Dazwischen: verborgene Schmerzpunkte"],
  ] as const) {
    test(`the journey is accessible, ${theme} and ${language}`, async ({ browser, page, service }) => {
      await discovered(page, service);
      const context = await browser.newContext({ locale: language, colorScheme: theme });
      const view = await context.newPage();
      await view.goto(`${service}/journey`);
      await expect(view.getByRole("heading", { name: heading })).toBeVisible();
      await expectAccessible(view);
      await context.close();
    });
  }
}
