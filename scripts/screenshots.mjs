/**
 * `npm run screenshots [FOLDER]`: the pages as they are, with real traffic from real clients, into
 * `docs/screenshots/`. Needs Chromium (CHROMIUM names another than /usr/bin/chromium). `ONLY=flow,time`
 * takes some of them again.
 */
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.mjs'
import { root } from './install.mjs'
import { camera } from './screenshots/camera.mjs'
import { takeEvents, takeFlow, takeHeartbeats, takeTime } from './screenshots/closer.mjs'
import { withLab } from './screenshots/lab.mjs'
import { takeBlind, takeCable, takeCaptures, takeLive } from './screenshots/live.mjs'

const folder = resolve(process.argv[2] ?? join(root, 'docs', 'screenshots'))
await build()
await mkdir(folder, { recursive: true })
const home = await mkdtemp(join(tmpdir(), 'wirelab-screenshots-'))
const asked = process.env.ONLY?.split(',')

/** Each in a lab of its own. */
const sets = {
  live: { take: takeLive },
  cable: { take: takeCable },
  flow: { take: takeFlow, flags: ['--seed', '7'] },
  time: { take: takeTime },
  events: { take: takeEvents },
  heartbeats: { take: takeHeartbeats },
  captures: { take: takeCaptures, flags: ['--record-dir', join(home, 'recordings')] },
  blind: {
    take: takeBlind,
    flags: ['--network', 'kernel'],
    user: { uid: 65534, gid: 65534 },
    capture: 'unavailable',
  },
}
try {
  const pictures = await camera(folder)
  try {
    for (const [name, { take, ...lab }] of Object.entries(sets)) {
      if (asked !== undefined && !asked.includes(name)) continue
      // As the user that may do least: only root can become another.
      if (lab.user !== undefined && process.getuid?.() !== 0) {
        console.error('  capture-missing-light.png stays as it was: that one needs root')
        continue
      }
      if (lab.user !== undefined) await chmod(home, 0o777)
      await withLab({ home, ...lab }, (up) => take(pictures, up))
    }
  } finally {
    await pictures.close()
  }
} finally {
  await rm(home, { recursive: true, force: true })
}
