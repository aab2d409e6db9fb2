/** Where a program is. */
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Where administration programs are, which an ordinary user's PATH often leaves out. */
const BESIDE_PATH = [
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
]
const ON_WINDOWS = ['C:\\Program Files\\Wireshark']

export interface Program {
  readonly path: string
  /** False when it is there, but this user may not run it. */
  readonly executable: boolean
}

/** The first on PATH that may be run, else one that is there at all; `undefined` when there is none. */
export async function findProgram(name: string, env: NodeJS.ProcessEnv): Promise<Program | undefined> {
  const path = (env.PATH ?? env.Path ?? '').split(delimiter).filter((folder) => folder !== '')
  const windows = env.SystemRoot !== undefined
  const folders = new Set([...path, ...(windows ? ON_WINDOWS : BESIDE_PATH)])
  let there: Program | undefined
  for (const folder of folders) {
    const full = join(folder, windows ? `${name}.exe` : name)
    if (!(await isFile(full))) continue
    if (await mayRun(full)) return { path: full, executable: true }
    there ??= { path: full, executable: false }
  }
  return there
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
