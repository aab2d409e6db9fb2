/** `npm run fuzz [-- OPTIONS]`: spoilt captures, read for as long as you like (test/fuzz/run.ts). */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { install, root } from './install.mjs'

await install({ dev: true })
const args = ['--import', 'tsx', join(root, 'test', 'fuzz', 'run.ts'), ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1)
