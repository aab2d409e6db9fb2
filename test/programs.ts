/** How tests start programs of ours. */
import { fileURLToPath } from 'node:url'

const ours = (path: string) => new URL(`../${path}`, import.meta.url)

/** Options with which node runs TypeScript. */
export const TYPESCRIPT: readonly string[] = ['--import', ours('scripts/load-ts.mjs').href]

/** As `npm test` has built it, which starts in half the time; from the sources where a test file is run by itself. */
const isBuilt = process.env.TESTS_ARE_BUILT !== undefined

/** What node is told for `wirelab`. */
export const WIRELAB: readonly string[] = isBuilt
  ? [fileURLToPath(ours('dist/server/main.js'))]
  : [...TYPESCRIPT, fileURLToPath(ours('server/main.ts'))]

/** The program of a lab's observer, which is a thread. */
export const OBSERVER: URL | undefined = isBuilt ? ours('dist/server/observer.js') : undefined
