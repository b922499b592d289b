import base from "./playwright.config";
export default { ...base, globalSetup: "./dev.setup.ts", outputDir: "/tmp/dev-results" };
