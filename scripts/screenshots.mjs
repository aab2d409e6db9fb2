/**
 * `npm run screenshots [FOLDER]`: the pages as they are, with real traffic from real clients, into
 * `docs/screenshots/`. Needs Chromium (CHROMIUM names another than /usr/bin/chromium) and capture permission.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { io } from 'socket.io-client'
import { build } from './build.mjs'
import { root } from './install.mjs'

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
const lab = spawn(process.execPath, [join(root, 'dist/server/main.js'), 'start'], {
  env: { ...process.env, XDG_RUNTIME_DIR: scratch },
  stdio: ['ignore', 'inherit', 'pipe'],
})
try {
  const { url, services } = await whenUp(lab)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: CHROMIUM_FLAGS,
  })
  try {
    await take(browser, url, services)
  } finally {
    await browser.close()
  }
} finally {
  lab.kill('SIGTERM')
  await once(lab, 'exit')
  await rm(scratch, { recursive: true, force: true })
}

/** The dashboard's address from what the lab says, once its capture runs. */
async function whenUp(child) {
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  for (let tries = 0; tries < 200; tries++) {
    const url = /http:\/\/[\d.]+:\d+/.exec(said)?.[0]
    const status =
      url &&
      (await fetch(`${url}/api/status`)
        .then((r) => r.json())
        .catch(() => undefined))
    if (status?.capture.state === 'running') return { url, services: status.services }
    await pause(100)
  }
  throw new Error(`the lab did not come up with a running capture:\n${said}`)
}

function port(services, name) {
  return services.find((service) => service.name === name).port
}

async function take(browser, url, services) {
  const wide = { width: 1440, height: 900 }
  const dark = await open(browser, url, wide, 'dark')
  await shot(dark, 'welcome-dark')
  const session = await traffic(services)

  const sid = await packet(url, 'socketio.event=="incoming-message"')
  await dark.goto(`${url}/?packet=${sid}`)
  await pause(1500)
  await shot(dark, 'live-dark')
  const light = await open(
    browser,
    `${url}/?packet=${await packet(url, 'tcp.flags.syn==1 && tcp.flags.ack==1')}`,
    wide,
    'light',
  )
  await shot(light, 'live-light')
  await shot(await open(browser, `${url}/?packet=${sid}`, { width: 390, height: 844 }, 'dark'), 'live-narrow')
  await shot(
    await open(browser, `${url}/?packet=${sid}`, { width: 1920, height: 1080 }, 'light'),
    'live-wide',
  )

  const compare = await open(browser, `${url}/?view=compare`, wide, 'light')
  await compare.getByRole('button', { name: /^Run/ }).click()
  await compare
    .waitForFunction(() => document.querySelectorAll('[data-transport]').length >= 5, null, {
      timeout: 20_000,
    })
    .catch(() => undefined)
  await pause(1500)
  await shot(compare, 'compare-light')

  const labs = await open(browser, `${url}/?lab=01-layers`, wide, 'dark')
  await shot(labs, 'labs-dark')
  for (const socket of session) socket.disconnect()
}

async function open(browser, url, viewport, colorScheme) {
  const page = await browser.newPage({ viewport, colorScheme })
  page.on('pageerror', (error) => console.error(`page: ${error.message}`))
  await page.goto(url)
  await pause(1200)
  return page
}

async function shot(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`) })
  console.error(`  ${name}.png`)
}

async function packet(url, filter) {
  const page = await fetch(`${url}/api/packets?filter=${encodeURIComponent(filter)}&limit=1`).then((r) =>
    r.json(),
  )
  return page.packets[0].number
}

/** A line over TCP, and three Socket.IO clients that speak; they stay for a few heartbeats. */
async function traffic(services) {
  const echo = net.connect(port(services, 'tcp-echo'), '127.0.0.1', () => echo.write('hello\n'))
  await once(echo, 'data')
  echo.end()
  await once(echo, 'close')
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
