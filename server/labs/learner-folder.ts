/** The learner's own copies: `wirelab-labs/NN-name/`, where they work and we never overwrite. */
import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { lendModules } from './lend.ts'
import type { LoadedLab } from './load.ts'

export interface LearnerFile {
  readonly path: string
  /** True when the starter was copied just now. */
  readonly fresh: boolean
}

/** Where learners' work is, in the folder where Wirelab was started. */
export const learnerHome = (cwd: string): string => join(cwd, 'wirelab-labs')

export const progressPath = (cwd: string): string => join(learnerHome(cwd), 'progress.json')

/** The learner's copy of a lab's starter, if they have one; they may have renamed it. */
export function existingFile(labId: string, cwd: string): string | undefined {
  return ['exercise.ts', 'exercise.js', 'exercise.mjs']
    .map((name) => join(learnerHome(cwd), labId, name))
    .find((path) => existsSync(path))
}

/** Makes the learner's copy of a lab's starter, unless it is there. */
export async function learnerFile(lab: LoadedLab, cwd: string): Promise<LearnerFile> {
  const home = learnerHome(cwd)
  await mkdir(join(home, lab.id), { recursive: true })
  await lendModules(home)
  const known = existingFile(lab.id, cwd)
  if (known !== undefined) return { path: known, fresh: false }
  const path = join(home, lab.id, 'exercise.ts')
  await copyStarter(lab, path)
  return { path, fresh: true }
}

/** The starter anew, in the same place; what was there is kept beside it. Answers with where that is. */
export async function resetFile(lab: LoadedLab, path: string): Promise<string> {
  const ending = extname(path)
  const stem = join(dirname(path), basename(path, ending))
  let number = 1
  const kept = () => `${stem}.before-reset-${number}${ending}`
  while (existsSync(kept())) number++
  await rename(path, kept())
  await copyStarter(lab, path)
  return kept()
}

function copyStarter(lab: LoadedLab, path: string): Promise<void> {
  return copyFile(join(lab.folder, 'exercise.ts'), path, constants.COPYFILE_EXCL)
}
