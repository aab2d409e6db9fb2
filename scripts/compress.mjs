/** Beside each text of a folder the same gzipped, which the server sends to whoever takes it: `compress.mjs FOLDER`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gzipSync } from 'node:zlib'

/** Fonts and pictures are compressed as they are. */
const TEXTS = /\.(css|html|js|svg)$/

const [folder] = process.argv.slice(2)
for (const name of readdirSync(folder, { recursive: true })) {
  if (!TEXTS.test(name)) continue
  const path = join(folder, name)
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }))
}
