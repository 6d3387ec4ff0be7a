import { defineConfig } from 'vite';

/** The page of console, whole in dist/ or wherever the suite wants it: static files, fit for Firebase Hosting. */
export default defineConfig({
  base: '/',
  build: {
    target: 'es2023',
    emptyOutDir: true,
    // Trusted types forbid what this would do, and every browser of today preloads modules.
    modulePreload: { polyfill: false },
    // Policy: nothing inline, not even a small picture as a data URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
  },
});
