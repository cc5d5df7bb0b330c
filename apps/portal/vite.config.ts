import { defineConfig } from "vite";

export default defineConfig({
  // The api says where the page lives; what it loads is found from there.
  base: "./",
  // The api puts a new one into each page; `portal-files.ts` knows this mark.
  html: { cspNonce: "__NONCE__" },
  build: {
    target: "es2022",
    // A policy without `data:` scripts or fonts: every file stays a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One file is one request; P20 bounds it compressed, and a test holds that.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      onLog(level, log, next) {
        // "use client" in libraries is for servers that render; there is none here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") next(level, log);
      },
    },
  },
});
