import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import type { Wirelab } from '../../server/wirelab.ts'
import { joinsHub, keepsAlive } from '../beating.ts'
import { ownServer } from '../own-server.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openPage, untilTrue } from './chromium.ts'

describe('heartbeats and events in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  /** Ada and Bob are in the room; Cyd is not. */
  let ada: Socket
  let bob: Socket
  let cyd: Socket
  const missing = noBrowser()

  before(async () => {
    lab = await startLab(['--network', 'lab'])
    if (missing === undefined) browser = await launch()
    else console.error(missing)
    ;[ada, bob, cyd] = await Promise.all([join(), join(), join()])
    for (const socket of [ada, bob]) await within(socket.emitWithAck('join', 'tea'), 'the join', LIMIT_MS)
  })
  after(async () => {
    await browser?.close()
    for (const socket of [ada, bob, cyd]) socket?.disconnect()
    await lab.close()
  })

  async function join(): Promise<Socket> {
    const socket = io(`http://127.0.0.1:${lab.ports.hub}`, { forceNew: true, transports: ['websocket'] })
    await within(once(socket as never, 'connect'), 'the connection to the hub', LIMIT_MS)
    return socket
  }

  async function open(t: TestContext, path: string) {
    if (missing !== undefined || browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    return openPage(t, browser, lab.url + path, { colorScheme: 'dark' })
  }

  const short = (socket: Socket) => (socket.id ?? '').slice(0, 4)

  /** Bob's line for what Ada says in the room. */
  async function speak(words: string): Promise<void> {
    const heard = within(once(bob as never, 'incoming-message'), 'the message', LIMIT_MS)
    ada.emit('speak', words, 'tea')
    await heard
  }

  it('a message to a room: who got it, who was left out, who is not in the room; a click opens its packet', async (t) => {
    const page = await open(t, '/?lower=events')
    if (page === undefined) return
    await speak('hello tea')
    const picture = page.getByRole('region', { name: 'Who emitted it to whom' })
    const receiver = picture.getByRole('button', { name: new RegExp(`^${short(bob)}.*packet \\d+`) })
    await receiver.waitFor()
    await picture.getByRole('img', { name: new RegExp(`^${short(ada)}.*left out, the speaker`) }).waitFor()
    await picture.getByRole('img', { name: new RegExp(`^${short(cyd)}.*not in the room`) }).waitFor()
    await picture.getByText('room tea', { exact: true }).waitFor()
    await picture.getByText('1 listener').waitFor()

    await receiver.click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    assert.match(page.url(), /packet=\d+/)
    assert.match(page.url(), /lower=events/)
    await page.getByRole('row').filter({ hasText: 'hello tea' }).first().waitFor()
  })

  it('an event that nobody listens for, and one that is answered, say so in their lines and pictures', async (t) => {
    const page = await open(t, '/?lower=events')
    if (page === undefined) return
    await page.locator('body').press('6')
    cyd.emit('whisper', 'is anybody there?')
    await page
      .getByRole('row')
      .filter({ hasText: 'emits “whisper”' })
      .getByText('nobody listens for it')
      .waitFor()
    const picture = page.getByRole('region', { name: 'Who emitted it to whom' })
    await picture.getByText('Nobody at the hub listens for “whisper”').waitFor()

    await within(cyd.emitWithAck('echo', 'and now?'), 'the answer', LIMIT_MS)
    const asked = page.getByRole('row').filter({ hasText: 'emits “echo”' }).last()
    await asked.getByText(/answered [\d.]+ [mµ]?s/).waitFor()
    await page
      .getByRole('row')
      .filter({ hasText: `hub answers “echo” to ${short(cyd)}` })
      .getByText(/after [\d.]+ [mµ]?s/)
      .waitFor()
    await picture.getByRole('button', { name: /^answer packet \d+ · / }).waitFor()
  })

  it('who heard: the matrix fills as packets go out, and is walked by keys alone', async (t) => {
    const page = await open(t, '/?lower=who-heard')
    if (page === undefined) return
    const grid = page.getByRole('grid', { name: /Who heard what/ })
    await speak('by the keys')
    // The newest stands under the head.
    const line = grid
      .locator('[role="row"][aria-rowindex="2"]')
      .filter({ hasText: 'speak → incoming-message to room tea' })
    await line.getByText('1 delivered, 1 left out, 1 not in the room').waitFor()
    await line.getByRole('gridcell', { name: new RegExp(`^${short(ada)}: sent “speak” in packet`) }).waitFor()
    const delivered = line.getByRole('gridcell', { name: new RegExp(`^${short(bob)}: delivered in packet`) })
    await delivered.waitFor()

    await grid.focus()
    await grid.press('Control+Home')
    const active = () => grid.evaluate((element) => element.getAttribute('aria-activedescendant'))
    const wanted = await delivered.evaluate((element) => element.id)
    for (let i = 0; (await active()) !== wanted && i < 10; i++) await grid.press('ArrowRight')
    assert.equal(await active(), wanted)
    await grid.press('Enter')
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    const packet = await delivered.evaluate((element) => element.getAttribute('data-packet'))
    await page.waitForURL(new RegExp(`packet=${packet}\\b`))
    await page.reload()
    await grid.waitFor()
  })

  it('who heard: a packet that is chosen elsewhere comes into sight among its neighbours', async (t) => {
    const page = await open(t, '/?lower=who-heard')
    if (page === undefined) return
    await speak('before all the others')
    const grid = page.getByRole('grid', { name: /Who heard what/ })
    const newest = grid.locator('[role="row"][aria-rowindex="2"]')
    const delivered = newest.getByRole('gridcell', {
      name: new RegExp(`^${short(bob)}: delivered in packet`),
    })
    const packet = await delivered.getAttribute('data-packet')
    for (let i = 0; i < 40; i++) await speak(`and more of them, ${i}`)
    const cell = grid.locator(`[role="gridcell"][data-packet="${packet}"][data-heard="delivered"]`)
    await cell.waitFor({ state: 'detached' })
    await page.goto(`${lab.url}/?lower=who-heard&packet=${packet}`)
    await cell.and(grid.locator('.is-selected')).waitFor()
    await untilTrue(
      page,
      `(() => {
        const boxOf = (selector) => document.querySelector('.who-heard__' + selector).getBoundingClientRect()
        const [head, all, line] = [boxOf('head'), boxOf('scroller'), boxOf('cell.is-selected')]
        return line.top >= head.bottom && line.bottom <= all.bottom && line.right <= all.right
      })()`,
    )
  })

  it('a server of somebody’s own, which tells nothing, is known by its packets, and what they can’t tell stays open', async (t) => {
    const page = await open(t, '/?lower=events')
    if (page === undefined) return
    await page.locator('body').press('6')
    const { place, ids, adaSays } = await ownServer(t, lab.join!)
    adaSays('on our own')
    const row = page.getByRole('row').filter({ hasText: `${place} emits “heard” to 2 sockets` })
    await row.getByText('2 delivered').waitFor()
    await page
      .getByRole('row')
      .filter({ hasText: 'on our own' })
      .filter({ hasText: `${ids.ada.slice(0, 4)} emits “speak”` })
      .getByText('arrived; listeners unknown')
      .waitFor()
    await row.click()
    const picture = page.getByRole('region', { name: 'Who emitted it to whom' })
    await picture.getByText('Seen on the wire: for which room it was').waitFor()
    await picture.getByRole('button', { name: new RegExp(`^${ids.bob.slice(0, 4)}.*packet \\d+`) }).waitFor()
    for (const nobody of [ids.ada, ids.dan])
      await picture
        .getByRole('img', { name: new RegExp(`^${nobody.slice(0, 4)}.*nothing went to it`) })
        .waitFor()
    await page.waitForURL(/packet=\d+/)

    await page.goto(`${lab.url}/?lower=who-heard`)
    const grid = page.getByRole('grid', { name: /Who heard what/ })
    const line = grid.getByRole('row').filter({ hasText: 'heard to 2 sockets' })
    await line.getByText('2 delivered, 2 got nothing').waitFor()
    await line.getByRole('gridcell', { name: `${place}: why it spoke, the wire can’t tell` }).waitFor()
    await grid.getByRole('columnheader', { name: 'server', exact: true }).waitFor()
  })

  it('pings of each layer have lines of their own; a suspended client misses its beat and is timed out', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    const answer = await fetch(`${lab.url}/api/heartbeat`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pingInterval: 500, pingTimeout: 1500 }),
    })
    assert.ok(answer.ok)
    const webSocket = new WebSocket(`ws://127.0.0.1:${lab.ports['websocket-echo']}`)
    t.after(() => webSocket.terminate())
    await within(once(webSocket, 'open'), 'the WebSocket', LIMIT_MS)
    webSocket.ping('still there?')
    await keepsAlive(t, lab.join!, 200)
    const client = await joinsHub(t, lab.ports.hub!)

    const strip = page.getByRole('region', { name: 'Heartbeats' })
    const line = (name: string) => strip.getByRole('group', { name: new RegExp(`^${name}`) })
    await page.locator('body').press('5')
    await line('WebSocket ping')
      .getByRole('button', { name: /^Ping in packet \d+, pong in/ })
      .first()
      .waitFor()
    await line('TCP keep-alive')
      .getByRole('button', { name: /^Keep-alive in packet \d+, ACK/ })
      .first()
      .waitFor()
    await strip.getByText('The server’s TCP must acknowledge it, even while its program hangs.').waitFor()
    await strip.getByText('The client’s program must answer within').waitFor()
    await line('Engine.IO ping')
      .first()
      .getByRole('button', { name: /pong in packet/ })
      .first()
      .waitFor()

    client.kill('SIGSTOP')
    await strip.getByText(/^awaiting the pong, [\d.]+ s of 1\.5 s$/).waitFor()
    await strip.getByText(/^no pong for [\d.]+ s: the server says “ping timeout”$/).waitFor()
    const missed = strip.getByRole('button', { name: /^Ping in packet \d+, its pong never came$/ })
    await missed.focus()
    await missed.press('Enter')
    await page.locator('body').press('5')
    await page.getByRole('tree', { name: 'Fields' }).waitFor()

    // Beside the labs there is least room.
    await page.setViewportSize({ width: 1280, height: 800 })
    const url = new URL(page.url())
    url.searchParams.set('lab', 'all')
    await page.goto(url.href)
    await untilTrue(
      page,
      `(() => {
        const said = [...document.querySelectorAll('.heartbeats__next')]
        return said.length > 0 && said.every((words) => words.scrollWidth <= words.clientWidth)
      })()`,
    )
  })

  for (const [view, zoom] of [
    ['lower=events', '6'],
    ['lower=who-heard', '6'],
    ['', '5'],
  ] as const) {
    it(`axe finds nothing on ${view || 'the heartbeats'}`, async (t) => {
      const page = await open(t, `/?${view}`)
      if (page === undefined) return
      await page.locator('body').press(zoom)
      await page
        .locator(zoom === '5' ? '.heartbeats__beat' : '[role="grid"] [role="row"]')
        .first()
        .waitFor()
      await axeFindsNothing(page)
    })
  }
})
