import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const DEV_SERVER = process.env.VIEWFINDER_LABEL_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Files are found relative to the `<base>` that the label server writes into the page, so that
  // the same build works at every address and behind every prefix.
  base: "./",
  build: {
    outDir: fileURLToPath(new URL("../src/viewfinder/labelserver/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
  },
  server: {
    proxy: { "/api": { target: DEV_SERVER } },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
  },
});
