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

/** What every view stands in, by the names of its files: see `codeSplitting`. */
const FRAME = ["libraries", "shared", "draw"];

/** Lets the browser read the page's frame at once, and not only when the first script asks for it. */
function preloadFrame(): Plugin {
  return {
    name: "preload-frame",
    transformIndexHtml: {
      order: "post",
      handler: (_, { bundle = {} }) =>
        Object.values(bundle)
          .filter((file) => file.type === "chunk" && FRAME.includes(file.name))
          .map(({ fileName }) => ({
            tag: "link",
            attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
            injectTo: "head",
          })),
    },
  };
}

export default defineConfig({
  plugins: [react(), onlyOurLanguages(), gzipCopies(), preloadFrame()],
  build: {
    outDir: OUT_FOLDER,
    emptyOutDir: true,
    // Fonts and pictures stay files of their own: the page's security policy allows no data: fonts.
    assetsInlineLimit: 0,
    // The polyfill is an inline script, which the policy forbids; every browser with the rest of what is used has it.
    modulePreload: { polyfill: false },
    // Few files: a browser reads six at a time, and each view would stand in forty.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "charts", test: /node_modules\/d3-/, priority: 2 },
            { name: "libraries", test: /node_modules/, minShareCount: 2, priority: 1 },
            // Charts stay apart, with their library: half of the views have none.
            { name: "shared", test: /\/src\/(?!ui\/BandChart)/, minShareCount: 2 },
          ],
        },
      },
    },
    // 145 kB compressed: React, React Aria and protobuf, which every view needs.
    chunkSizeWarningLimit: 800,
  },
  server: { proxy: { "/klartext.v1.": SERVICE } },
});
