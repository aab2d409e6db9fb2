/** `npm run bench [PART…]`: builds what is missing, then measures (test/bench/run.ts). */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from './build.mjs'
import { install, root } from './install.mjs'

await install({ dev: true })
await build()
const args = ['--import', 'tsx', join('test', 'bench', 'run.ts'), ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1)
