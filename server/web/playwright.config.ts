import { defineConfig } from "@playwright/test";

// A sandbox of its own is what containers and CI machines do not allow; the pages are ours.
const BROWSER_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // The map is drawn with WebGL, here without a graphics card.
  "--enable-unsafe-swiftshader",
];

export default defineConfig({
  testDir: "tests",
  globalSetup: "./tests/services.setup.ts",
  // The tests share one service with the samples, and change it.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  forbidOnly: true,
  // A busy machine may answer too late once. What passes only the second time is listed as flaky.
  retries: 1,
  reporter: "list",
  use: {
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    colorScheme: "light",
    screenshot: "only-on-failure",
    launchOptions: { executablePath: process.env.KLARTEXT_CHROMIUM ?? "/usr/bin/chromium", args: BROWSER_FLAGS },
  },
});
