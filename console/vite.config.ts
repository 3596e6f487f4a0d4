import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// HELIOGRAPH is the server that `npm run dev` talks to.
const server = process.env.HELIOGRAPH ?? "http://127.0.0.1:8080";

const proxy = { "/v1": server, "/openapi.json": server, "/docs": server };

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  // The server puts a fresh one into each reply: its policy allows no style in the page without.
  html: { cspNonce: "__CSP_NONCE__" },
  build: {
    outDir: "../heliograph/console_dist", emptyOutDir: true, sourcemap: false, assetsInlineLimit: 0,
    license: { fileName: "licences.txt" }, // of every package that is in the bundle, with its text
  },
  server: { proxy },
  preview: { proxy },
});
