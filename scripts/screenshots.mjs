/**
 * `npm run screenshots [FOLDER]`: the pages as they are, with real traffic from real clients, into
 * `docs/screenshots/`. Needs Chromium (CHROMIUM names another than /usr/bin/chromium) and capture permission.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { io } from 'socket.io-client'
import { build } from './build.mjs'
import { root } from './install.mjs'
import { smallerPng } from './smaller-png.mjs'

const folder = resolve(process.argv[2] ?? join(root, 'docs', 'screenshots'))
const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

await build()
await mkdir(folder, { recursive: true })
const scratch = await mkdtemp(join(tmpdir(), 'wirelab-screenshots-'))
try {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
  })
  try {
    await withLab([], {}, 'running', ({ url, services }) => take(browser, url, services))
    await withLab([], {}, 'running', ({ url, services }) => takeCable(browser, url, services))
    await withLab(['--record-dir', join(scratch, 'recordings')], {}, 'running', ({ url, services }) =>
      takeCaptures(browser, url, services),
    )
    // As the user that may do least: only root can become another.
    if (process.getuid?.() === 0) {
      await chmod(scratch, 0o777)
      await withLab(['--network', 'kernel'], { uid: 65534, gid: 65534 }, 'unavailable', ({ url }) =>
        takeBlind(browser, url),
      )
    } else console.error('  capture-missing-light.png stays as it was: that one needs root')
  } finally {
    await browser.close()
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}

/** A lab of its own, on the fixed ports, as long as `work` takes. Its capture is in the state that is wanted. */
async function withLab(flags, user, state, work) {
  const lab = spawn(process.execPath, [join(root, 'dist/server/main.js'), 'start', ...flags], {
    ...user,
    env: { ...process.env, HOME: scratch, XDG_RUNTIME_DIR: scratch },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const gone = once(lab, 'exit')
  try {
    await work(await whenUp(lab, state))
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
    const status =
      url &&
      (await fetch(`${url}/api/status`)
        .then((r) => r.json())
        .catch(() => undefined))
    if (status?.capture.state === state) return { url, services: status.services }
    await pause(100)
  }
  throw new Error(`the lab's capture did not get to be ${state}:\n${said}`)
}

function port(services, name) {
  return services.find((service) => service.name === name).port
}

async function take(browser, url, services) {
  const wide = { width: 1440, height: 900 }
  await shot(await open(browser, url, wide, 'dark'), 'welcome-dark')
  const session = await traffic(services)
  const event = `${url}/?packet=${await packet(url, 'socketio.event=="incoming-message"')}`
  const synAck = `${url}/?packet=${await packet(url, 'tcp.flags.syn==1 && tcp.flags.ack==1')}`
  await shot(await open(browser, event, wide, 'dark'), 'live-dark')
  await shot(await open(browser, synAck, wide, 'light'), 'live-light')
  await shot(await open(browser, event, { width: 390, height: 844 }, 'dark'), 'live-narrow')
  await shot(await open(browser, event, { width: 1600, height: 900 }, 'light'), 'live-wide')

  const compare = await open(browser, `${url}/?view=compare`, { width: 1440, height: 1400 }, 'light')
  await compare.getByRole('button', { name: /^Run/ }).click()
  await compare.locator('.compare__table').waitFor()
  await shot(compare, 'compare-light')
  for (const socket of session) socket.disconnect()

  const labs = await open(browser, `${url}/?lab=01-layers`, wide, 'dark')
  await labs.getByRole('button', { name: 'Start the lab' }).click()
  await labs.getByRole('button', { name: 'Stop' }).waitFor()
  const { run } = await fetch(`${url}/api/labs/01-layers`).then((r) => r.json())
  await sayHello(run.ports.TCP)
  await labs.locator('.lab-step[data-state="done"]').first().waitFor()
  await labs
    .getByRole('button', { name: /^packet \d+/ })
    .first()
    .click()
  await pause(1000)
  await shot(labs, 'labs-dark')
}

/** The cable as a bad one: frames on their way and one that falls, and the settings that made it so. */
async function takeCable(browser, url, services) {
  await patchNetwork(url, { preset: 'geo-satellite' })
  const typed = net.connect(port(services, 'tcp-echo'), '127.0.0.1')
  await once(typed, 'connect')
  const page = await open(browser, url, { width: 1440, height: 900 }, 'dark')
  await pause(2000)
  await patchNetwork(url, { up: { loss: '10%' }, down: { loss: '10%' } })
  await patchNetwork(url, { choose: [{ fate: 'lost', match: 'data', direction: 'up', flow: 'any', nth: 2 }] })
  for (const line of ['Is', 'anybody', 'there?']) {
    typed.write(`${line}\n`)
    await pause(110)
  }
  await page.locator('.map__frame--lost').first().waitFor()
  await shot(page, 'cable-loss-dark')
  typed.destroy()
  const settings = await open(browser, url, { width: 1440, height: 900 }, 'light')
  await settings.locator('.map__mark--impaired .map__hit').first().click()
  await pause(400)
  await shot(settings, 'cable-settings-light')
}

/** A session recorded, looked into, and the panel beside it. */
async function takeCaptures(browser, url, services) {
  const page = await open(browser, url, { width: 1440, height: 900 }, 'light')
  await page.getByRole('button', { name: 'Captures', exact: true }).click()
  await page.getByRole('button', { name: 'Start recording' }).click()
  for (const socket of await traffic(services)) socket.disconnect()
  await page.getByRole('button', { name: 'Stop recording' }).click()
  await page.getByRole('button', { name: 'Look into it' }).click()
  await page.getByRole('button', { name: 'Back to live' }).waitFor()
  await page.getByRole('button', { name: 'Captures', exact: true }).click()
  await pause(1200)
  await shot(page, 'captures-light')
}

async function patchNetwork(url, patch) {
  const answer = await fetch(`${url}/api/network`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(patch),
  })
  if (!answer.ok) throw new Error(`the cable did not become ${JSON.stringify(patch)}: ${await answer.text()}`)
}

/** As somebody sees it whom the system does not let capture. */
async function takeBlind(browser, url) {
  const page = await open(browser, url, { width: 1440, height: 900 }, 'light')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('nobody watched').waitFor()
  await shot(page, 'capture-missing-light')
}

async function open(browser, url, viewport, colorScheme) {
  const page = await browser.newPage({ viewport, colorScheme })
  page.on('pageerror', (error) => console.error(`page: ${error.message}`))
  await page.goto(url)
  await pause(1200)
  return page
}

async function shot(page, name) {
  await writeFile(join(folder, `${name}.png`), smallerPng(await page.screenshot()))
  console.error(`  ${name}.png`)
}

async function packet(url, filter) {
  const page = await fetch(`${url}/api/packets?filter=${encodeURIComponent(filter)}&limit=1`).then((r) =>
    r.json(),
  )
  return page.packets[0].number
}

async function sayHello(to) {
  const echo = net.connect(to, '127.0.0.1', () => echo.write('hello\n'))
  await once(echo, 'data')
  echo.end()
  await once(echo, 'close')
}

/** A line over TCP, and three Socket.IO clients that speak; they stay for a few heartbeats. */
async function traffic(services) {
  await sayHello(port(services, 'tcp-echo'))
  const hub = `http://127.0.0.1:${port(services, 'hub')}`
  const sockets = Array.from({ length: 3 }, () => io(hub, { forceNew: true }))
  await Promise.all(sockets.map((socket) => new Promise((done) => socket.once('connect', done))))
  await pause(600)
  const heard = new Promise((done) => sockets[1].once('incoming-message', done))
  sockets[0].emit('speak', 'Is anybody there?')
  await heard
  await sockets[0].emitWithAck('echo', { n: 1, bytes: 'é' })
  sockets[0].emit('whisper', 'nobody listens for this')
  await pause(12_000)
  return sockets
}
