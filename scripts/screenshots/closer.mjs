/** What one looks at more closely: one conversation, another time, events, who heard, heartbeats. */
import { setTimeout as pause } from 'node:timers/promises'
import { NARROW, WIDE } from './camera.mjs'
import { conversation, join, keptAlive, sayHello, suspendable, transfer, writeLines } from './clients.mjs'
import { ask, change, newestFlow, packet, port } from './lab.mjs'

const TALL = { width: 1440, height: 1100 }

/** 2 MB over a cable that loses some, and a few lines over one that does not. */
export async function takeFlow({ open, shot }, { url, services }) {
  const cable = { loss: '1%', delay: '20ms', rate: '20mbit' }
  const echo = port(services, 'tcp-echo')
  await change(`${url}/api/network`, { up: cable, down: cable })
  await transfer(echo, 2_000_000)
  const page = await open(`${url}/?flow=${await newestFlow(url, 'tcp-echo')}`, TALL, 'dark')
  await page.locator('.chart__axes .chart-grid').first().waitFor({ state: 'attached' })
  await page.locator('#flow-charts').evaluate((part) => part.scrollIntoView({ block: 'start' }))
  await pause(1500)
  await shot(page, 'flow-charts-dark')

  await change(`${url}/api/network`, { preset: 'perfect' })
  const lines = await writeLines(echo)
  const address = `${url}/?flow=${await newestFlow(url, 'tcp-echo')}`
  const said = await packet(url, `tcp.srcport == ${lines.localPort} && tcp.len > 1000`)
  await shot(await open(`${address}&packet=${said}`, TALL, 'light'), 'flow-light')
  const narrow = await open(`${address}&packet=${said}`, NARROW, 'dark')
  await narrow.getByRole('tab', { name: 'Bytes' }).click()
  await pause(600)
  await shot(narrow, 'flow-narrow')
  const states = await open(address, TALL, 'dark')
  await states.locator('#flow-states').evaluate((part) => part.scrollIntoView({ block: 'start' }))
  await pause(600)
  await shot(states, 'flow-states-dark')
  lines.destroy()
}

/** The page at another time: a frame is on its way over a slow cable. */
export async function takeTime({ open, shot }, { url, services }) {
  await change(`${url}/api/network`, { preset: 'geo-satellite' })
  await sayHello(port(services, 'tcp-echo'))
  await change(`${url}/api/network`, { preset: 'perfect' })
  for (const socket of await conversation(services)) socket.disconnect()
  const { packets } = await ask(`${url}/api/packets?filter=${encodeURIComponent('tcp.len > 0')}&limit=1`)
  const [{ number, time }] = packets
  await shot(await open(`${url}/?packet=${number}&time=${time}`, WIDE, 'light'), 'time-light')
}

export async function takeEvents({ open, shot }, { url, services }) {
  const sockets = await conversation(services)
  const events = await open(`${url}/?lower=events`, WIDE, 'dark')
  await events.locator('body').press('6')
  await events.getByRole('row').filter({ hasText: 'Tea is ready' }).first().click()
  await pause(800)
  await shot(events, 'events-dark')
  const heard = await open(`${url}/?lower=who-heard`, { width: 1280, height: 620 }, 'light')
  await heard.locator('body').press('6')
  await heard.getByRole('grid', { name: /Who heard what/ }).waitFor()
  await pause(800)
  await shot(heard, 'who-heard-light')
  for (const socket of sockets) socket.disconnect()
}

/** Of two sessions one answers; the other is suspended, misses a beat and is given up. Beside them the pings of other layers. */
export async function takeHeartbeats({ open, shot }, { url, services, home }) {
  await change(`${url}/api/heartbeat`, { pingInterval: 2000, pingTimeout: 3000 })
  const client = await suspendable(services)
  const end = await keptAlive(services, home)
  try {
    const well = await join(services)
    const page = await open(url, { width: 1600, height: 480 }, 'dark')
    await pause(5000)
    client.kill('SIGSTOP')
    await page.locator('body').press('5')
    await page.getByText(/^no pong for .*: the server (says|ended)/).waitFor()
    await pause(600)
    await shot(page, 'heartbeats-dark')
    well.disconnect()
  } finally {
    client.kill('SIGKILL')
    end()
  }
}
