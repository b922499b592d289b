import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, Page } from "@playwright/test";

import { PLANTED_TIME, plantChange } from "../tests/planted";
import { Service } from "../tests/service";
import { discovered, expect, prefer, test } from "../tests/support";

const FOLDER = join(import.meta.dirname, "../../../docs/tour");
const QUALITY = 0.82;
// Charts and maps draw themselves after their data have come.
const SETTLED_MS = 1_500;
// The inbox holds a stream open and is never idle.
const IDLE_MS = 4_000;
const LOOKED_THROUGH = { timeout: 90_000 };

interface Stop {
  name: string;
  path: string;
  language?: "en-GB" | "de-DE";
  theme?: "light" | "dark";
  height?: number;
  /** Of a service in whose comments a figure is another from one week on; nothing has changed in the samples. */
  isPlanted?: boolean;
  /** What a reader does before the picture is taken. */
  act?(page: Page): Promise<void>;
}

const openFirst = async (page: Page) => {
  await page.getByRole("grid", { name: /^(Comments found|What needs somebody)$/ }).getByRole("row").first().click();
  await expect(page.getByRole("complementary")).toBeVisible();
};

const STOPS: Stop[] = [
  { name: "journey", path: "/journey", height: 980 },
  { name: "journey-dark", path: "/journey", theme: "dark", language: "de-DE" },
  { name: "inbox", path: "/inbox?reason=answer_needed", act: openFirst },
  {
    name: "comments",
    path: "/comments?meant=negative&channel=call_centre",
    act: async (page) => {
      await openFirst(page);
      await page.getByRole("button", { name: "Why?" }).first().click();
      await expect(page.locator("mark[title]").first()).toBeVisible();
      await page.locator("mark[title]").first().scrollIntoViewIfNeeded();
    },
  },
  { name: "pain-points", path: "/pain-points" },
  {
    name: "pain-point",
    path: "/pain-points?sort=mentions",
    height: 1000,
    act: async (page) => {
      await page.getByRole("table").getByRole("link").first().click();
      await expect(page.getByRole("img", { name: "Share over time" })).toBeVisible();
    },
  },
  { name: "map", path: "/map?q=nobody%20tells%20me%20what%20happens%20next" },
  { name: "trends", path: "/trends?by=channel", height: 1000 },
  {
    name: "changes",
    path: `/trends?figure=nps&${PLANTED_TIME}`,
    isPlanted: true,
    height: 1000,
    act: async (page) => {
      await expect(page.getByRole("region", { name: "What has changed" })).toBeVisible(LOOKED_THROUGH);
      await page.getByRole("button", { name: /^1: / }).first().focus();
    },
  },
  { name: "drivers", path: "/drivers?kind=all" },
  {
    name: "measure",
    path: "/measures",
    height: 1000,
    act: async (page) => {
      await page.getByRole("button", { name: "Record a measure" }).click();
      const sheet = page.getByRole("dialog");
      await sheet.getByRole("textbox", { name: "What was done?" }).fill("A second line at the hotline");
      await sheet.getByRole("button", { name: /Touchpoint$/ }).last().click();
      await page.getByRole("option", { name: "Kundenservice" }).click();
      await sheet.getByLabel("From when").fill("2026-05-04");
      await sheet.getByRole("button", { name: "Record" }).click();
      await page.getByRole("button", { name: "Before and after" }).click();
      await page.getByRole("option", { name: "26 weeks" }).click();
      await expect(page.getByRole("img", { name: "Net sentiment week by week" })).toBeVisible();
    },
  },
  { name: "operations", path: "/operations" },
  { name: "import", path: "/import" },
];

/** Chromium itself makes WebP of a picture, a third of the size. */
async function asWebp(browser: Browser, picture: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const url = `data:image/png;base64,${picture.toString("base64")}`;
  const made = await page.evaluate(
    async ([source, quality]) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.width, image.height];
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", quality);
    },
    [url, QUALITY] as const,
  );
  await page.close();
  return Buffer.from(made.split(",")[1] ?? "", "base64");
}

test("the pictures of the tour", async ({ browser, page, service }) => {
  mkdirSync(FOLDER, { recursive: true });
  await discovered(page, service);
  const planted = await Service.start();
  await plantChange(planted.address);
  for (const { name, path, language = "en-GB", theme = "light", height = 800, isPlanted, act } of STOPS) {
    const context = await browser.newContext({
      locale: language,
      colorScheme: theme,
      viewport: { width: 1280, height },
      timezoneId: "Europe/Berlin",
    });
    const view = await context.newPage();
    await prefer(view, { person: "anna" });
    await view.goto(`${isPlanted ? planted.address : service}${path}`);
    await expect(view.getByRole("heading", { level: 1 })).toBeVisible();
    await view.waitForLoadState("networkidle", { timeout: IDLE_MS }).catch(() => undefined);
    await act?.(view);
    await view.waitForTimeout(SETTLED_MS);
    writeFileSync(join(FOLDER, `${name}.webp`), await asWebp(browser, await view.screenshot()));
    await context.close();
  }
  await planted.stop();
});
