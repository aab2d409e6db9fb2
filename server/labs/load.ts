/** Finds the labs: ours in `labs/` at the package's root, their checks compiled (or, in development, as they are), and a folder's. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Cast, LabDefinition } from '../../labs/kit/lab.ts'
import { LabError, messageOf } from '../errors.ts'
import { checkDefinition } from './definition.ts'
import { lendModules } from './lend.ts'
import { packageRoot } from './package-root.ts'
import { type LabText, readLabText } from './readme.ts'

export interface LoadedLab {
  /** Folder name, such as `01-layers`. */
  readonly id: string
  readonly definition: LabDefinition
  readonly words: LabText
  /** Where its texts and programs stand. */
  readonly folder: string
  /** The program that plays the other parts, if it has one, as it can be started. */
  readonly cast: string | undefined
}

export interface LoadOptions {
  /** Labs beside ours; of two with one number the folder's is taken. */
  readonly folder?: string | undefined
  /** Told of each lab that is not whole, which is then left out. Without it such a lab is thrown, as a LabError. */
  readonly onProblem?: ((message: string) => void) | undefined
  /** Only these folders. */
  readonly only?: (id: string) => boolean
}

/** Where a lab's texts stand, where its modules do, and how their names end. */
interface Place {
  readonly name: string
  readonly texts: string
  readonly modules: string
  readonly endings: readonly string[]
}

const here = fileURLToPath(import.meta.url)
const FOLDER = /^\d\d-/

/** `.ts` when run from the sources, `.js` when built: checks are found beside us in the same form. */
function ours(): Place {
  return {
    name: 'labs',
    texts: join(packageRoot(), 'labs'),
    modules: join(dirname(here), '..', '..', 'labs'),
    endings: [extname(here)],
  }
}

function folderPlace(folder: string): Place {
  const path = resolve(folder)
  return { name: path, texts: path, modules: path, endings: ['.ts', '.js', '.mjs'] }
}

/** All labs in order of number. Rejects with a LabError when the folder can't be read. */
export async function loadLabs({ folder, onProblem, only }: LoadOptions = {}): Promise<LoadedLab[]> {
  const built = await loadPlace(ours(), onProblem, only)
  if (folder === undefined) return built
  const place = folderPlace(folder)
  if (!existsSync(place.texts)) throw new LabError(`${place.name}: expected a folder of labs, found nothing`)
  await lendModules(place.texts)
  const own = await loadPlace(place, onProblem, only)
  if (own.length === 0 && only === undefined) {
    onProblem?.(`${place.name}: expected folders such as 30-my-lab in it, found none that is whole`)
  }
  const taken = new Set(own.map(({ definition }) => definition.number))
  return [...built.filter(({ definition }) => !taken.has(definition.number)), ...own].sort(
    (a, b) => a.definition.number - b.definition.number,
  )
}

async function loadPlace(
  place: Place,
  onProblem: LoadOptions['onProblem'],
  only: LoadOptions['only'] = () => true,
): Promise<LoadedLab[]> {
  const folders = (await readdir(place.texts)).filter((name) => FOLDER.test(name) && only(name)).sort()
  const loaded = await Promise.all(
    folders.map((id) =>
      loadLab(place, id).catch((error: unknown) => {
        const problem =
          error instanceof LabError ? error : new LabError(`${place.name}/${id}: ${messageOf(error)}`)
        if (onProblem === undefined) throw problem
        onProblem(problem.message)
        return undefined
      }),
    ),
  )
  return loaded.filter((lab) => lab !== undefined)
}

/** Who plays beside the learner's program, if anybody does. */
export function castOf({ cast, definition }: LoadedLab): { path: string; plays: Cast['plays'] } | undefined {
  return cast === undefined || definition.cast === undefined
    ? undefined
    : { path: cast, plays: definition.cast.plays }
}

async function loadLab(place: Place, id: string): Promise<LoadedLab> {
  const name = `${place.name}/${id}`
  const folder = join(place.texts, id)
  const words = readLabText(await readFile(join(folder, 'README.md'), 'utf8'))
  const check = findModule(place, id, 'check')
  const definition = await importCheck(check)
  const checkName = `${name}/check${extname(check)}`
  checkDefinition(definition, checkName)
  if (definition.number !== Number(id.slice(0, 2))) {
    throw new LabError(
      `${checkName}: number: expected ${Number(id.slice(0, 2))}, as its folder says; found ${definition.number}`,
    )
  }
  if (words.steps.length !== definition.steps.length) {
    throw new LabError(
      `${name}: README.md has ${words.steps.length} steps (### 1 · Title, below ## Steps), check${extname(check)} has ${definition.steps.length}`,
    )
  }
  const cast = definition.cast && findModule(place, id, definition.cast.program)
  return { id, definition, words, folder, cast }
}

function findModule({ name, modules, endings }: Place, id: string, module: string): string {
  const path = endings.map((ending) => join(modules, id, module + ending)).find((each) => existsSync(each))
  if (path !== undefined) return path
  throw new LabError(
    `${name}/${id}: expected ${endings.map((each) => module + each).join(' or ')}, found neither`,
  )
}

/** TypeScript outside of what is built is taken as it is. */
async function importCheck(path: string): Promise<LabDefinition> {
  const url = pathToFileURL(path).href
  if (extname(path) !== '.ts' || extname(here) === '.ts') return (await import(url)).default
  const { tsImport } = await import('tsx/esm/api')
  return (await tsImport(url, import.meta.url)).default
}
