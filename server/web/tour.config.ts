import base from "./playwright.config";

// Takes the pictures of docs/tour.md.
export default { ...base, testDir: "tour", timeout: 180_000 };
