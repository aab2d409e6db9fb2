/** Labs with their casts compiled, as they are once Wirelab is built: a cast is started a hundred times here. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import type { LoadedLab } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'

const compiler = 'node_modules/typescript/bin/tsc'
const flags = [
  ...['--ignoreConfig', '--noCheck', '--rewriteRelativeImportExtensions'],
  ...['--types', '', '--module', 'nodenext', '--target', 'es2023', '--rootDir', '.'],
]

export async function withCastsCompiled(labs: readonly LoadedLab[]): Promise<LoadedLab[]> {
  const root = packageRoot()
  const casts = labs.flatMap(({ cast }) => cast ?? [])
  if (casts.length === 0) return [...labs]
  // Inside the package, so that they find what labs find.
  const folder = await mkdtemp(join(root, '.wirelab-test-'))
  after(() => rm(folder, { recursive: true, force: true }))
  await promisify(execFile)(process.execPath, [compiler, ...flags, '--outDir', folder, ...casts], {
    cwd: root,
  })
  return labs.map((lab) => {
    const cast = lab.cast && join(folder, relative(root, lab.cast).replace(/\.ts$/, '.js'))
    return { ...lab, cast }
  })
}
