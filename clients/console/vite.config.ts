// How the console is bundled: below /client/, one chunk per screen, names that change with their content.
// Definitions of the API come from the folders beside; a screen that draws forms loads them, the first page does not.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const room = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
/** A running server, or the fake one, for `npm run dev`. */
const server = process.env.NEPHOS_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/client/',
  plugins: [react()],
  resolve: { alias: { '#api': room('api'), '#base': room('base') } },
  build: {
    target: 'es2023',
    outDir: process.env.NEPHOS_CONSOLE_OUT ?? 'dist',
    emptyOutDir: true,
    manifest: true,
    cssCodeSplit: false,
    reportCompressedSize: false,
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/client/api': server,
      '/client/stream': server,
      '/websockify': { target: server, ws: true },
    },
  },
});
