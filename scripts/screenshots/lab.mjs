/** A lab as long as a picture of it takes, and what one asks of its API. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { root } from '../install.mjs'

/**
 * A lab of its own, on the fixed ports, as long as `work({ url, services, home })` takes; its files are in `home`. `capture` is the
 * state its capture must have reached.
 */
export async function withLab({ home, flags = [], user = {}, capture = 'running' }, work) {
  const lab = spawn(process.execPath, [join(root, 'dist/server/main.js'), 'start', ...flags], {
    ...user,
    // What is learnt in it is nobody's progress.
    cwd: home,
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const gone = once(lab, 'exit')
  try {
    await work({ ...(await whenUp(lab, capture)), home })
  } finally {
    lab.kill('SIGTERM')
    await gone
  }
}

/** The dashboard's address and services from what the lab says, once its capture has settled. */
async function whenUp(child, state) {
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    const url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0]
    const status = url && (await ask(`${url}/api/status`).catch(() => undefined))
    if (status?.capture.state === state) return { url, services: status.services }
    await pause(100)
  }
  throw new Error(`the lab's capture did not get to be ${state}:\n${said}`)
}

export async function ask(address) {
  return (await fetch(address)).json()
}

/** `PATCH /api/network`, `/api/heartbeat`. */
export async function change(address, patch) {
  const answer = await fetch(address, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(patch),
  })
  if (!answer.ok) throw new Error(`${address} refused ${JSON.stringify(patch)}: ${await answer.text()}`)
}

export function port(services, name) {
  return services.find((service) => service.name === name).port
}

/** The number of the first packet that matches. */
export async function packet(url, filter) {
  const { packets } = await ask(`${url}/api/packets?filter=${encodeURIComponent(filter)}&limit=1`)
  if (packets.length === 0) throw new Error(`no packet matches ${filter}`)
  return packets[0].number
}

/** The newest conversation with that service, such as `tcp.3`. */
export async function newestFlow(url, service) {
  const { flows } = await ask(`${url}/api/flows`)
  return flows.filter((flow) => flow.service === service).reduce((a, b) => (b.first > a.first ? b : a)).id
}
