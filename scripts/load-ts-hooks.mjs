/** The hooks of load-ts.mjs; they run in a thread of their own. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const cache = join(root, 'node_modules', '.cache', 'load-ts')
const ofTsx = createRequire(createRequire(import.meta.url).resolve('tsx'))
const OPTIONS = {
  target: 'node20',
  // In one line, so that an assertion without words doesn't show the source at the compiled place as its own.
  minifyWhitespace: true,
  sourcemap: 'inline',
  sourcesContent: false,
  jsx: 'automatic',
  jsxImportSource: 'preact',
}
const MADE_BY = JSON.stringify([ofTsx('esbuild/package.json').version, OPTIONS])

export async function load(url, context, next) {
  if (!/^file:.*\.tsx?$/.test(url)) return next(url, context)
  return { format: 'module', source: await compiled(fileURLToPath(url)), shortCircuit: true }
}

/** Compiles what has changed in folders of the package, so that none of the processes that load it has to. */
export async function compileSources(folders) {
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true }).map((name) => join(root, folder, name)),
  )
  await Promise.all(paths.filter((path) => /\.tsx?$/.test(path)).map(compiled))
}

/** What is kept begins with a mark of what it was made from. */
async function compiled(path) {
  const text = readFileSync(path, 'utf8')
  const banner = `//${createHash('sha1').update(MADE_BY).update(text).digest('hex')}`
  const kept = join(cache, `${relative(root, path).replaceAll(/[/\\]/g, '!')}.js`)
  const known = keptAt(kept)
  if (known?.startsWith(banner)) return known
  const { code } = await ofTsx('esbuild').transform(text, {
    ...OPTIONS,
    loader: path.endsWith('x') ? 'tsx' : 'ts',
    sourcefile: basename(path),
    banner,
  })
  keep(kept, code)
  return code
}

function keptAt(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Whole at once: another process may read it. Where nothing may be written, nothing is kept. */
function keep(path, code) {
  const draft = `${path}.${process.pid}`
  try {
    mkdirSync(cache, { recursive: true })
    writeFileSync(draft, code)
    renameSync(draft, path)
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
  }
}
