/** Where this package is, built or not. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LabError } from '../errors.ts'

/** The nearest folder above with a package.json: `dist/` has none. */
export function packageRoot(from = dirname(fileURLToPath(import.meta.url))): string {
  if (existsSync(join(from, 'package.json'))) return from
  const above = dirname(from)
  if (above === from) throw new LabError('package.json: expected in a folder above the program, found none')
  return packageRoot(above)
}
