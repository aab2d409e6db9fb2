/** The page as one comes to it: live, the cable, labs, compare, captures. */
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { NARROW, WIDE } from './camera.mjs'
import { sayHello, traffic } from './clients.mjs'
import { ask, change, packet, port } from './lab.mjs'

export async function takeLive({ open, shot }, { url, services }) {
  await shot(await open(url, WIDE, 'dark'), 'welcome-dark')
  const session = await traffic(services)
  const event = `${url}/?packet=${await packet(url, 'socketio.event=="incoming-message"')}`
  const synAck = `${url}/?packet=${await packet(url, 'tcp.flags.syn==1 && tcp.flags.ack==1')}`
  await shot(await open(event, WIDE, 'dark'), 'live-dark')
  await shot(await open(synAck, WIDE, 'light'), 'live-light')
  await shot(await open(event, NARROW, 'dark'), 'live-narrow')
  await shot(await open(event, { width: 1600, height: 900 }, 'light'), 'live-wide')
  await shot(await open(event, WIDE, 'dark', { 'wirelab.contrast': 'more' }), 'high-contrast-dark')
  await shot(
    await open(event, { width: 1280, height: 800 }, 'light', { 'wirelab.projector': 'on' }),
    'projector-light',
  )

  const compare = await open(`${url}/?view=compare`, { width: 1440, height: 1400 }, 'light')
  await compare.getByRole('button', { name: /^Run/ }).click()
  await compare.locator('.compare__table').waitFor()
  await shot(compare, 'compare-light')
  for (const socket of session) socket.disconnect()

  const labs = await open(`${url}/?lab=01-layers`, WIDE, 'dark')
  await labs.getByRole('button', { name: 'Start the lab' }).click()
  await labs.getByRole('button', { name: 'Stop' }).waitFor()
  const { run } = await ask(`${url}/api/labs/01-layers`)
  await sayHello(run.ports.TCP)
  await labs.locator('.lab-step[data-state="done"]').first().waitFor()
  const evidence = labs.getByRole('button', { name: /^packet \d+/ })
  await evidence.first().click()
  await pause(1000)
  await shot(labs, 'labs-dark')
}

/** The cable as a bad one: frames on their way and one that falls, and the settings that made it so. */
export async function takeCable({ open, shot }, { url, services }) {
  const network = `${url}/api/network`
  await change(network, { preset: 'geo-satellite' })
  const typed = net.connect(port(services, 'tcp-echo'), '127.0.0.1')
  await once(typed, 'connect')
  const page = await open(url, WIDE, 'dark')
  await pause(2000)
  await change(network, { up: { loss: '10%' }, down: { loss: '10%' } })
  await change(network, { choose: [{ fate: 'lost', match: 'data', direction: 'up', flow: 'any', nth: 2 }] })
  for (const line of ['Is', 'anybody', 'there?']) {
    typed.write(`${line}\n`)
    await pause(110)
  }
  await page.locator('.map__frame--lost').first().waitFor()
  await shot(page, 'cable-loss-dark')
  typed.destroy()
  const settings = await open(url, WIDE, 'light')
  await settings.locator('.map__mark--impaired .map__hit').first().click()
  await pause(400)
  await shot(settings, 'cable-settings-light')
}

/** A session recorded, looked into, and the panel beside it. */
export async function takeCaptures({ open, shot }, { url, services }) {
  const page = await open(url, WIDE, 'light')
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

/** As somebody sees it whom the system does not let capture. */
export async function takeBlind({ open, shot }, { url }) {
  const page = await open(url, WIDE, 'light')
  await page.getByRole('button', { name: 'Send', exact: true }).click()
  await page.getByText('nobody watched').waitFor()
  await shot(page, 'capture-missing-light')
}
