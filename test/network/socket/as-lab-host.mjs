/**
 * `node --import` this, and a program's `node:net` and `node:dgram` are `wirelab/net` and `wirelab/dgram`: what
 * changing the import does, without writing every program twice. Only the program's own imports are changed.
 */
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'

if (process.argv[1] !== undefined) {
  const program = pathToFileURL(process.argv[1]).href
  const folder = new URL('../../../server/network/socket/', import.meta.url).href
  const source = `
    const lab = { 'node:net': ${JSON.stringify(`${folder}net.ts`)}, 'node:dgram': ${JSON.stringify(`${folder}dgram.ts`)} }
    export function resolve(specifier, context, next) {
      const own = context.parentURL === ${JSON.stringify(program)}
      return next((own && lab[specifier]) || specifier, context)
    }`
  register(`data:text/javascript,${encodeURIComponent(source)}`)
}
