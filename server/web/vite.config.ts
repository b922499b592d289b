import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

// What cargo builds into the binary; see ../build.rs.
const OUT_FOLDER = "../assets/web";
const COMPRESSED = /\.(js|css|html|svg)$/;

// For `npm run dev`: a running service answers the calls.
const SERVICE = process.env.KLARTEXT_SERVER ?? "http://127.0.0.1:50051";

const OTHER_LANGUAGES = /\/intl\/[\w-]+\/(?!de-DE|en-US)[a-z]{2}-[A-Z]{2}\.m?js$/;

/** React Aria brings its words in thirty languages; the page speaks two. */
function onlyOurLanguages(): Plugin {
  return {
    name: "only-our-languages",
    load: (id) => (OTHER_LANGUAGES.test(id) ? "export default {};" : undefined),
  };
}

/** Puts a gzipped copy beside every text file, so that the service compresses nothing while it runs. */
function gzipCopies(): Plugin {
  return {
    name: "gzip-copies",
    apply: "build",
    writeBundle({ dir }) {
      const folder = dir ?? OUT_FOLDER;
      for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
        const path = join(folder, name);
        if (COMPRESSED.test(name)) writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), onlyOurLanguages(), gzipCopies()],
  build: {
    outDir: OUT_FOLDER,
    emptyOutDir: true,
    // Fonts and pictures stay files of their own: the page's security policy allows no data: fonts.
    assetsInlineLimit: 0,
    // The polyfill is an inline script, which the policy forbids; every browser with the rest of what is used has it.
    modulePreload: { polyfill: false },
    // 230 kB compressed: React, React Aria and protobuf, which every view needs.
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/klartext.v1.": SERVICE } },
});
