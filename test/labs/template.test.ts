/** The template for a lab of one's own, copied out of the package, goes through what every lab goes through. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { loadLabs } from '../../server/labs/load.ts'
import { packageRoot } from '../../server/labs/package-root.ts'
import { testLab, testLossyLab } from './lab-tests.ts'
import { onStage } from './stage.ts'

const TEMPLATE = '50-my-first-lab'

const folder = await mkdtemp(join(tmpdir(), 'wirelab-template-'))
after(() => rm(folder, { recursive: true, force: true }))
await cp(join(packageRoot(), 'docs', 'lab-template', TEMPLATE), join(folder, TEMPLATE), { recursive: true })
const labs = await loadLabs({ folder, only: (id) => id === TEMPLATE })
const flags = ['--labs', folder]

onStage('a lab of one’s own', { network: 'lab', flags }, labs, testLab)
onStage('a lab of one’s own, on the kernel’s network', { network: 'kernel', flags }, labs, testLab)
onStage(
  'a lab of one’s own, at 3 % loss',
  { network: 'lab', flags: [...flags, '--loss', '3%'] },
  labs,
  testLossyLab,
)
