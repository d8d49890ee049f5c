import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The label server hands out the pages at many addresses and the files at one; `<base href>` in
// index.html says where the server's root is, and everything else is relative to it.
const FILES = "static/";
const DEV_SERVER = process.env.VIEWFINDER_LABEL_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  base: "./",
  build: {
    outDir: fileURLToPath(new URL("../src/viewfinder/labelserver/static", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
  },
  experimental: {
    renderBuiltUrl: (filename, { hostType }) =>
      hostType === "html" ? FILES + filename : { relative: true },
  },
  server: {
    proxy: { "/api": { target: DEV_SERVER } },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
  },
});
