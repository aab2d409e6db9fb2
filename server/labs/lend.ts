/**
 * What learners' programs may import, wherever they are: `wirelab/net` and its like, and Socket.IO. A folder that can't
 * find them by itself gets links to ours, which editors find too; a program elsewhere gets a hook for its imports.
 */
import { existsSync, readlinkSync, rmSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { LabError, messageOf } from '../errors.ts'
import { packageRoot } from './package-root.ts'

const LENT = [
  'wirelab',
  'socket.io',
  'socket.io-client',
  'engine.io',
  'engine.io-client',
  'ws',
  '@socket.io/redis-streams-adapter',
  'ioredis',
] as const

/** Makes a folder of labs, or of learners' copies, a place where programs run as modules and find what labs use. */
export async function lendModules(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true })
    const about = join(home, 'package.json')
    if (!existsSync(about)) await writeFile(about, '{ "private": true, "type": "module" }\n')
    const modules = join(home, 'node_modules')
    unlinkWhole(modules)
    for (const name of LENT) {
      const ours = name === 'wirelab' ? packageRoot() : findPackage(name, packageRoot())
      if (ours === undefined || findPackage(name, home) !== undefined) continue
      await mkdir(dirname(join(modules, name)), { recursive: true })
      // One that leads nowhere any more is ours of another day: Wirelab has moved.
      rmSync(join(modules, name), { force: true })
      await symlink(ours, join(modules, name), 'junction')
    }
  } catch (error) {
    throw new LabError(`${home}: expected a folder that can be written to; ${messageOf(error)}`)
  }
}

/** All of our node_modules by one link, as it was once made: what it lends has no wirelab. */
function unlinkWhole(modules: string): void {
  try {
    if (readlinkSync(modules) === join(packageRoot(), 'node_modules')) rmSync(modules)
  } catch {
    // It is a folder, or nothing.
  }
}

/** Where Node would find a package from there. */
function findPackage(name: string, from: string): string | undefined {
  const path = join(from, 'node_modules', name)
  if (existsSync(join(path, 'package.json'))) return path
  const above = dirname(from)
  return above === from ? undefined : findPackage(name, above)
}

/** For `NODE_OPTIONS`, for a program in that folder: what it can't find by itself, it finds beside us. */
export function lendingOptions(folder: string, options = ''): string {
  if (LENT.every((name) => findPackage(name, folder) !== undefined)) return options
  const parent = JSON.stringify(pathToFileURL(join(packageRoot(), 'package.json')).href)
  const lent = JSON.stringify(LENT)
  const hook = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context) } catch (error) {
      const lent = ${lent}.some((name) => specifier === name || specifier.startsWith(name + '/'))
      if (!lent) throw error
      return next(specifier, { ...context, parentURL: ${parent} })
    }
  }`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))})`
  return `${options} --import=${dataUrl(register)}`.trim()
}

const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`
