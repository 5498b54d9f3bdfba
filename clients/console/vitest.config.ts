// Unit tests of what needs no browser. Screens are tested in a real one.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const room = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

export default defineConfig({
  resolve: { alias: { '#api': room('api'), '#base': room('base') } },
  test: { include: ['src/**/*.test.ts'], environment: 'node', setupFiles: ['src/browser-stand-in.ts'] },
});
