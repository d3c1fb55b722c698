import { defineConfig } from "vitest/config";
import { ON_DEMAND_PACKAGES } from "./build/on-demand-packages.mjs";

// Where `npm run dev` finds a running server; the page itself only ever knows its own origin.
const server = "http://127.0.0.1:8080";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // Everything is a file of its own under /assets: the page's content security policy allows
    // neither inline scripts nor data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // For what is done afterwards (build/finish.mjs).
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: ON_DEMAND_PACKAGES.map((name) => ({ name, test: new RegExp(`/node_modules/${name}/`) })),
        },
      },
    },
  },
  server: {
    proxy: { "/api": server, "/files": server, "/healthz": server },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
