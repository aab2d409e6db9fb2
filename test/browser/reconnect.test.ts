import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Worker } from 'node:worker_threads'
import type { Browser, Page } from 'playwright-core'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { CaptureNode } from '../../server/dashboard/api-captures.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { pcapFile } from '../frames.ts'
import { KEY_LOG, SESSION } from '../protocols/tls-vectors.ts'
import { Wire } from '../protocols/wire.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openPage, untilTrue } from './chromium.ts'
import { Relay } from './relay.ts'

/** Where `localhost` is for the browser: the relay is there, in front of the lab of the same port. */
const RELAY_HOST = '127.0.0.2'
/** The part that is loaded last. */
const WHOLE = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/picture-export'))"
/** More than a window of rows and a picture's worth of everything else. */
const MOST_ON_THE_WAY = 400_000

describe('a page whose way to the lab breaks, in Chromium', () => {
  let lab: Wirelab
  let relay: Relay
  let browser: Browser | undefined
  const observers: Worker[] = []
  const missing = noBrowser()

  before(async () => {
    process.on('worker', (worker) => observers.push(worker))
    lab = await startLab()
    const port = Number(new URL(lab.url).port)
    relay = await Relay.start({ host: RELAY_HOST, port }, { host: '127.0.0.1', port })
    if (missing === undefined)
      browser = await launch({ args: [`--host-resolver-rules=MAP localhost ${RELAY_HOST}`] })
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await relay.close()
    await lab.close()
  })

  async function open(t: TestContext, path = '/'): Promise<Page | undefined> {
    if (browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    const url = `http://localhost:${new URL(lab.url).port}${path}`
    const page = await openPage(t, browser, url, { colorScheme: 'dark' })
    await page.getByRole('banner').waitFor()
    return page
  }

  /** A conversation with the TCP echo that goes on: says lines and waits for each to come back. */
  async function conversation(t: TestContext) {
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1')
    t.after(() => socket.destroy())
    await within(once(socket, 'connect'), 'the connection', LIMIT_MS)
    return async (...lines: string[]) => {
      for (const line of lines) {
        socket.write(`${line}\n`)
        await within(once(socket, 'data'), 'the echo', LIMIT_MS)
      }
    }
  }

  const numbered = (word: string, count: number) => Array.from({ length: count }, (_, n) => `${word} ${n}`)
  const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text }).first()
  const lost = (page: Page) => page.getByRole('alert').getByText('The lab does not answer.')

  /** The numbers in the list as they stand there, and how many banners speak of the link. */
  const shown = (page: Page) =>
    page.evaluate(() => {
      const { document } = globalThis as unknown as Dom
      const rows = [...document.querySelectorAll('.packet-list__row[data-number]')]
      return {
        list: rows.map((row) => Number(row.getAttribute('data-number'))),
        banners: document.querySelectorAll('.banner--link').length,
      }
    })

  /** Counts how often something is said at once, from now on. */
  const countAlerts = (page: Page) =>
    page.evaluate(() => {
      const dom = globalThis as unknown as Dom
      dom.alerts = 0
      new dom.MutationObserver((changes) => {
        for (const { addedNodes } of changes)
          for (const node of addedNodes)
            if (node.role === 'alert' || node.querySelector?.('[role="alert"]')) dom.alerts++
      }).observe(dom.document.body, { childList: true, subtree: true })
    })
  const alerts = (page: Page) => page.evaluate(() => (globalThis as unknown as Dom).alerts)

  it('says so once and since when, and goes on with all that came meanwhile, each packet once', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    // What the page loads when it rests is there: the cut is to meet the feed, not a part on its way.
    await untilTrue(page, WHOLE)
    const say = await conversation(t)
    await say('before')
    await row(page, 'Echo request "before').waitFor()
    await countAlerts(page)
    const sockets: { open: boolean }[] = []
    page.on('websocket', (socket) => {
      const one = { open: true }
      sockets.push(one)
      socket.on('close', () => (one.open = false))
    })
    let requests = 0
    page.on('request', () => requests++)

    relay.cut()
    relay.hold()
    await lost(page).waitFor()
    await page.getByText(/What stands here was seen until \d/).waitFor()
    await say(...numbered('meanwhile', 30))
    relay.cut()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await page
      .getByRole('status')
      .filter({ hasText: 'The lab answers again.' })
      .waitFor({ state: 'attached' })
    await row(page, 'meanwhile 29').waitFor()
    await say('after')
    await row(page, 'Echo request "after').waitFor()
    await page.getByRole('treeitem', { name: /after/ }).first().waitFor()
    const { list } = await shown(page)
    assert.deepEqual(
      list,
      list.map((_, at) => list[0]! + at),
    )
    assert.equal(await alerts(page), 1)
    assert.equal(sockets.filter((socket) => socket.open).length, 1)
    assert.ok(requests < 80, `${requests} requests`)
  })

  it('finds out that nothing comes any more, and what it had asked for is asked again', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const say = await conversation(t)
    await say('to be opened')
    const wanted = row(page, 'Echo request "to be opened')
    await wanted.waitFor()
    relay.hold()
    const asked = page.waitForRequest(/\/api\/packets\/\d+/)
    await wanted.click()
    await asked
    // As the system says it when a computer wakes up.
    await page.evaluate(() => (globalThis as unknown as Dom).dispatchEvent(new Event('online')))
    await page.getByRole('alert').getByText('Nothing comes from the lab any more.').waitFor()
    relay.cut()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    await page
      .getByText(/^packet \d+$/)
      .first()
      .waitFor()
  })

  it('over a slow way sees the newest all the same, since no more is sent than it takes', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    relay.rate = 50_000
    relay.delay = 0.4
    t.after(() => {
      relay.rate = undefined
      relay.delay = 0
    })
    const talks = await Promise.all(Array.from({ length: 4 }, () => conversation(t)))
    let most = 0
    const watching = setInterval(() => (most = Math.max(most, relay.inside)), 20)
    t.after(() => clearInterval(watching))
    await Promise.all(talks.map((say, at) => say(...numbered(`talk ${at}, line`, 300))))
    await row(page, /talk \d, line 299/).waitFor()
    assert.ok(most < MOST_ON_THE_WAY, `${most} bytes were on the way`)
    assert.equal((await shown(page)).banners, 0)
  })

  it('a page that was suspended is sent nothing more, and then has all of it', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const say = await conversation(t)
    await say('awake')
    await row(page, 'Echo request "awake').waitFor()
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Debugger.enable')
    const paused = once(cdp as never, 'Debugger.paused')
    await cdp.send('Debugger.pause')
    await within(paused, 'the pause', LIMIT_MS)
    let pushes = 0
    await cdp.send('Network.enable')
    cdp.on('Network.webSocketFrameReceived', ({ response }) => {
      if (response.payloadData.includes('"pushed"')) pushes++
    })
    await say(...numbered('asleep', 300))
    const whileAsleep = pushes
    await cdp.send('Debugger.resume')
    await cdp.send('Debugger.disable')
    t.after(() => cdp.detach())
    await row(page, 'asleep 299').waitFor()
    await page
      .getByRole('treeitem', { name: /asleep 299/ })
      .first()
      .waitFor()
    assert.ok(whileAsleep <= 1, `${whileAsleep} pushes`)
    const { list } = await shown(page)
    assert.equal(new Set(list).size, list.length)
  })

  it('a second page on a file sees what a key log opened on the first', async (t) => {
    const one = await open(t)
    if (one === undefined) return
    const wire = new Wire()
    const line = wire.open(443)
    for (const [side, bytes] of SESSION) line.say(side, bytes)
    const sent = await fetch(`${lab.url}/api/captures?name=sealed.pcap`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: pcapFile(wire.frames),
    })
    const { id } = (await sent.json()) as CaptureNode
    t.after(() => fetch(`${lab.url}/api/captures/${id}`, { method: 'DELETE' }))
    const two = await open(t, `/?capture=${id}`)
    if (two === undefined) return
    await row(two, 'Application Data').click()
    await two.getByRole('tree', { name: 'Fields' }).waitFor()
    await fetch(`${lab.url}/api/captures/${id}/secrets`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: KEY_LOG,
    })
    await row(two, 'Encrypted Extensions').waitFor()
    await two.getByText('Decrypted TLS').first().waitFor()
  })

  it('axe finds nothing on a page that has lost the lab', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    t.after(() => relay.cut())
    relay.cut()
    relay.hold()
    await lost(page).waitFor()
    await axeFindsNothing(page, { more: ['best-practice'] })
  })

  it('when the observer dies the page begins anew by itself, while the services go on', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const say = await conversation(t)
    await say('to the first observer')
    await row(page, 'to the first observer').click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    const { run } = lab
    await observers.at(-1)?.terminate()
    await page.getByText('The lab began anew.').waitFor()
    await say('to the second observer')
    await row(page, 'to the second observer').waitFor()
    await page
      .getByRole('treeitem', { name: /to the second observer/ })
      .first()
      .waitFor()
    assert.notEqual(lab.run, run)
    const { packets } = (await (await fetch(`${lab.url}/api/packets?limit=1000`)).json()) as PacketPage
    const { list } = await shown(page)
    assert.ok(list.every((number) => packets.some((packet) => packet.number === number)))
    assert.equal(await page.getByRole('tree', { name: 'Fields' }).count(), 0)
  })
})

interface Mark {
  readonly role?: string | null
  getAttribute(name: string): string | null
  querySelector?(selector: string): unknown
}

/** What the page's own scripts see. */
interface Dom {
  alerts: number
  document: { body: unknown; querySelectorAll(selector: string): Iterable<Mark> & { length: number } }
  MutationObserver: new (
    take: (changes: { addedNodes: Iterable<Mark> }[]) => void,
  ) => {
    observe(target: unknown, options: object): void
  }
  dispatchEvent(event: Event): void
}
