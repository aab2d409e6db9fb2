/**
 * `npm start`: installs and builds what is missing, then runs the command line in this very process, so that
 * Ctrl-C reaches it. Quick when nothing has changed.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.mjs'
import { install, root } from './install.mjs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `wirelab: expected Node 20.19 or newer, found ${process.versions.node}; see https://nodejs.org`,
  )
  process.exit(1)
}
try {
  await install()
  await build()
} catch (error) {
  console.error(`wirelab: ${error.message}`)
  process.exit(1)
}
const main = join(root, 'dist', 'server', 'main.js')
process.argv = [process.execPath, main, ...process.argv.slice(2)]
await import(pathToFileURL(main).href)
