import AxeBuilder from "@axe-core/playwright";
import { test as base, expect, type Locator, type Page } from "@playwright/test";

interface Services {
  /** Address of a service with the sample comments. */
  service: string;
  /** Of one without any comment at first. */
  emptyService: string;
}

/** Playwright's test, with real services. A test fails when the page logs an error: the security policy's among them. */
export const test = base.extend<object, Services>({
  service: [async ({}, use) => use(process.env.SERVICE_WITH_SAMPLES ?? ""), { scope: "worker" }],
  emptyService: [async ({}, use) => use(process.env.EMPTY_SERVICE ?? ""), { scope: "worker" }],
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("dialog", (dialog) => errors.push(`a dialog: ${dialog.message()}`));
    await use(page);
    expect(errors).toEqual([]);
  },
});

export { expect };

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(found).toEqual([]);
}

/** What a reader chose before. */
export async function prefer(page: Page, preferences: object): Promise<void> {
  await page.addInitScript((stored) => localStorage.setItem("klartext", stored), JSON.stringify(preferences));
}

/** Ticks a check box or a choice as a person does: by its label. */
export async function tick(box: Locator): Promise<void> {
  await box.locator("xpath=ancestor::label[1]").click();
}

/** Sees to it that the service has pain points: whichever view's tests run first begin the discovery. */
export async function discovered(page: Page, service: string): Promise<void> {
  await page.goto(`${service}/pain-points`);
  const table = page.getByRole("table");
  const none = page.getByRole("heading", { name: "No pain points yet" });
  await expect(table.or(none)).toBeVisible();
  if (await table.isVisible()) return;
  await page.goto(`${service}/operations`);
  await page.getByRole("button", { name: "Discover pain points" }).click();
  await expect(page.getByRole("heading", { name: "Discovery: done" })).toBeVisible();
}
