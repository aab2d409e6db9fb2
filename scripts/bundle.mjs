/**
 * Makes one file of the compiled `wirelab read`, in place. It is started for every file that somebody looks at, and
 * loading its 228 modules one by one costs three times what it then takes to read a small capture. Only its errors stay
 * apart, since `main.js` tells them by their classes; whoever else imports a part of it imports that part's own file.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { root } from './install.mjs'

const folder = join(root, 'dist', 'server', 'commands')

export async function bundleRead() {
  const result = await build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true },
    build: {
      ssr: join(folder, 'read.js'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { external: [/\/errors\.js$/], output: { entryFileNames: 'read.js' } },
    },
  })
  const files = 'output' in result ? result.output : []
  if (files.length !== 1) throw new Error(`expected one file of wirelab read, found ${files.length}`)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await bundleRead()
