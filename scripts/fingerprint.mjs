/** What a build was made from, in one line: two builds of the same sources have the same. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from './install.mjs'

/** A hash over names and contents of the files and folders, which are relative to the package's root. */
export function fingerprint(inputs) {
  const hash = createHash('sha256')
  for (const input of inputs) {
    for (const path of filesUnder(join(root, input)).sort()) {
      const content = readFileSync(path)
      hash.update(`${relative(root, path).split(sep).join('/')}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

function filesUnder(path) {
  let entries
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path]
    if (error.code === 'ENOENT') return []
    throw error
  }
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)]))
}
