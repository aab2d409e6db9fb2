/**
 * What some tests need beyond npm: Chromium, tshark with dumpcap, Redis, and the network's own tools. Found where they are; on Debian, as
 * root, installed; otherwise said loudly, and the tests that need them skip themselves.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const TOOLS = [
  { name: 'chromium', package: 'chromium', needed: 'browser tests' },
  { name: 'tshark', package: 'tshark', needed: 'comparisons with tshark' },
  { name: 'dumpcap', package: 'tshark', needed: 'tests on captured traffic' },
  { name: 'tcpdump', package: 'tcpdump', needed: 'tests of capture by tcpdump' },
  { name: 'socat', package: 'socat', needed: 'tests of the lab network against Linux' },
  { name: 'ip', package: 'iproute2', needed: 'tests of the lab network against Linux' },
  { name: 'curl', package: 'curl', needed: 'tests of the lab network with real programs' },
  { name: 'redis-server', package: 'redis-server', needed: 'lab 21 with a real Redis' },
  { name: 'nc', package: 'netcat-openbsd', needed: 'tests of the lab network with real programs' },
]

const APT_LIMIT_MS = 10 * 60_000

function find(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Installs what is missing where that can be done; returns one line for each thing that stays missing. */
export function provideTestTools(log) {
  const missing = TOOLS.filter((tool) => !find(tool.name))
  const isRoot = process.getuid?.() === 0
  if (missing.length > 0 && isRoot && find('apt-get')) {
    const packages = [...new Set(missing.map((tool) => tool.package))]
    log(`installing ${packages.join(', ')} by apt`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const stdio = ['ignore', 'pipe', 'pipe']
    const apt = (...args) => spawnSync('apt-get', ['-q', ...args], { env, stdio, timeout: APT_LIMIT_MS })
    apt('update')
    const result = apt('install', '-y', '--no-install-recommends', ...packages)
    if (result.status !== 0) log(`apt-get failed:\n${result.stderr}`)
  }
  const lines = TOOLS.filter((tool) => !find(tool.name)).map(
    (tool) => `${tool.needed}: ${tool.name} is not installed (Debian: sudo apt-get install ${tool.package})`,
  )
  if (!isRoot)
    lines.push('tests on captured traffic may be skipped: this user is not root (npx wirelab doctor tells)')
  return lines
}
