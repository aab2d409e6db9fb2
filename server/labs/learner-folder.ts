/** The learner's own copies: `wirelab-labs/NN-name/`, where they work and we never overwrite. */
import { constants } from 'node:fs'
import { access, copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type LoadedLab, packageRoot } from './load.ts'

export interface LearnerFile {
  readonly path: string
  /** True when the starter was copied just now. */
  readonly fresh: boolean
}

/** Makes the learner's copy of a lab's starter, unless it is there. */
export async function learnerFile(lab: LoadedLab, cwd: string): Promise<LearnerFile> {
  const home = join(cwd, 'wirelab-labs')
  const folder = join(home, lab.id)
  await mkdir(folder, { recursive: true })
  await writeNew(join(home, 'package.json'), '{ "private": true, "type": "module" }\n')
  await lendModules(home)
  for (const name of ['exercise.ts', 'exercise.js', 'exercise.mjs']) {
    const path = join(folder, name)
    if (await exists(path)) return { path, fresh: false }
  }
  const path = join(folder, 'exercise.ts')
  await copyFile(join(lab.folder, 'exercise.ts'), path, constants.COPYFILE_EXCL)
  return { path, fresh: true }
}

/** Where the learner's programs can't find Socket.IO by themselves, they get ours by a link. */
async function lendModules(home: string): Promise<void> {
  try {
    createRequire(join(home, 'package.json')).resolve('socket.io')
  } catch {
    const link = join(home, 'node_modules')
    if (!(await exists(link))) await symlink(join(packageRoot(), 'node_modules'), link, 'junction')
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  if (!(await exists(path))) await writeFile(path, text)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
