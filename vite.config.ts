import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** `WIRELAB_URL=http://127.0.0.1:3000 npx vite` serves the page with hot reload in front of a running lab. */
const lab = process.env.WIRELAB_URL ?? 'http://127.0.0.1:3000'

export default defineConfig({
  root: at('./web'),
  base: '/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  css: { preprocessorOptions: { scss: { loadPaths: [at('./styles')] } } },
  build: {
    outDir: at('./dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // Fonts stay files of their own: as data they could not be cached apart from the styles.
    assetsInlineLimit: 0,
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: lab, changeOrigin: true, headers: { origin: lab } },
      '/socket.io': { target: lab, changeOrigin: true, ws: true, headers: { origin: lab } },
    },
  },
})
