import base from "./playwright.config";

// Measures, and asserts nothing: how fast depends on the machine.
export default { ...base, testDir: "measuring", timeout: 600_000 };
