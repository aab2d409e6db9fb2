/** Finds the labs: texts in `labs/` at the package's root, checks compiled (or, in development, as they are). */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { LabDefinition } from '../../labs/kit/lab.ts'
import { LabError } from '../errors.ts'
import { type LabText, readLabText } from './readme.ts'

export interface LoadedLab {
  /** Folder name, such as `01-layers`. */
  readonly id: string
  readonly definition: LabDefinition
  readonly words: LabText
  /** Where its texts and starters stand. */
  readonly folder: string
  /** The compiled program that plays the other parts, if it has one. */
  readonly cast: string | undefined
}

const here = fileURLToPath(import.meta.url)
/** `.ts` when run from the sources, `.js` when built: checks are found beside us in the same form. */
const ending = extname(here)
const checksRoot = join(dirname(here), '..', '..', 'labs')
const FOLDER = /^\d\d-/

/** The nearest folder above with a package.json: `dist/` has none. */
export function packageRoot(from = dirname(here)): string {
  if (existsSync(join(from, 'package.json'))) return from
  const above = dirname(from)
  if (above === from) throw new LabError('package.json: expected in a folder above the program, found none')
  return packageRoot(above)
}

/** All labs in order of number. Rejects with a LabError that names the folder when one is not whole. */
export async function loadLabs(textRoot = join(packageRoot(), 'labs')): Promise<LoadedLab[]> {
  const folders = (await readdir(textRoot)).filter((name) => FOLDER.test(name)).sort()
  return Promise.all(folders.map((id) => loadLab(id, join(textRoot, id))))
}

async function loadLab(id: string, folder: string): Promise<LoadedLab> {
  const words = readLabText(await readFile(join(folder, 'README.md'), 'utf8'))
  const module: { default: LabDefinition } = await import(
    pathToFileURL(join(checksRoot, id, `check${ending}`)).href
  )
  const definition = module.default
  if (words.steps.length !== definition.steps.length) {
    throw new LabError(
      `labs/${id}: README.md has ${words.steps.length} steps, check.ts has ${definition.steps.length}`,
    )
  }
  const cast = definition.cast && join(checksRoot, id, `${definition.cast}${ending}`)
  return { id, definition, words, folder, cast }
}
