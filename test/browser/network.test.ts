import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { LabNetworkNode, NetworkPatch } from '../../server/dashboard/api-network.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, type Looks, launch, noBrowser, openPage } from './chromium.ts'

describe('the lab network in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab(['--network', 'lab'])
    if (missing === undefined) browser = await launch()
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })
  beforeEach(() => patch({ preset: 'perfect', unchoose: 'all' }))

  async function open(t: TestContext, path = '/', options: Looks = {}): Promise<Page | undefined> {
    if (browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    // The guide is for those who come to an empty page: here it would only push the ladder down.
    return openPage(t, browser, lab.url + path, options)
  }

  async function patch(body: NetworkPatch): Promise<void> {
    const answer = await fetch(`${lab.url}/api/network`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    assert.ok(answer.ok, await answer.text())
  }

  async function network(): Promise<LabNetworkNode> {
    return (await (await fetch(`${lab.url}/api/network`)).json()) as LabNetworkNode
  }

  /** Until the network is as wanted: a change from the page takes a request. */
  async function becomes(wanted: (now: LabNetworkNode) => boolean, what: string): Promise<void> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      if (wanted(await network())) return
    }
    assert.fail(`${what}: ${JSON.stringify({ ...(await network()), presets: [] })}`)
  }

  /** A program outside with a connection through the gateway to the TCP echo, which has answered once. */
  async function talk(t: TestContext): Promise<net.Socket> {
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1', () => socket.write('hello\n'))
    t.after(() => socket.destroy())
    socket.on('error', () => undefined)
    await within(once(socket, 'data'), 'the echo', LIMIT_MS)
    return socket
  }

  async function packet(filter: string, at = 'client'): Promise<number> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const query = new URLSearchParams({ limit: '1', filter, at })
      const found = ((await (await fetch(`${lab.url}/api/packets?${query}`)).json()) as PacketPage).packets[0]
      if (found !== undefined) return found.number
    }
    throw new Error(`no packet matched ${filter}`)
  }

  const onMap = (page: Page, name: RegExp) =>
    page.getByRole('region', { name: 'Map' }).getByRole('button', { name })

  it('the cable is cut, what is sent into it falls, and plugged in TCP sends it again', async (t) => {
    const socket = await talk(t)
    const page = await open(t)
    if (page === undefined) return
    await onMap(page, /^your computer/).waitFor()
    await page.getByRole('button', { name: /^cable:/ }).click()
    await page.getByRole('menuitem', { name: 'Cut the cable' }).click()
    await becomes(({ cables }) => cables[0]!.cut, 'cut')
    await onMap(page, /: cut\./).waitFor()
    const fallen = page.locator('.map__frame--lost').first().waitFor({ state: 'attached' })
    socket.write('into the void\n')
    await fallen
    await page
      .getByRole('treeitem', { name: /lost: the cable is cut/ })
      .first()
      .waitFor()
    await page.getByRole('button', { name: /^cable:/ }).click()
    // Listened for before the click, which may take longer than the answer.
    const answered = within(once(socket, 'data'), 'the answer', LIMIT_MS)
    await page.getByRole('menuitem', { name: 'Plug it in' }).click()
    const [answer] = (await answered) as [Buffer]
    assert.equal(answer.toString(), 'into the void\n')
    const number = await packet(
      `tcp.port == ${socket.localPort} && tcp.analysis.retransmission && link.fate == "delivered"`,
    )
    await page
      .getByRole('row')
      .filter({ hasText: `${number}` })
      .filter({ hasText: 'Retransmission' })
      .first()
      .waitFor()
  })

  it('an empty page says nothing of a capture that is off: the network itself tells of every frame', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await page.getByRole('button', { name: /Lab network/ }).waitFor()
    assert.equal(await page.locator('.banner').count(), 0)
  })

  it('the guide leads from one’s own packets to a cable pulled and a packet sent again', async (t) => {
    const fresh = await startLab(['--network', 'lab'])
    t.after(() => fresh.close())
    const page = await open(t)
    if (page === undefined) return
    // The conversation's packets come to the ladder later than that it is over: what is pressed before is done all the same.
    const late: (() => void)[] = []
    await page.route(
      (url) => url.pathname === '/api/packets' && url.searchParams.has('filter'),
      (route) => void late.push(() => void route.continue()),
      { times: 1 },
    )
    await page.goto(fresh.url)
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('button', { name: 'Open the one with your word' }).click()
    await page.getByText('Now from your own terminal.').waitFor()
    for (const go of late) go()
    const socket = net.connect(fresh.ports['tcp-echo']!, '127.0.0.1', () => socket.write('mine\n'))
    t.after(() => socket.destroy())
    socket.on('error', () => undefined)
    await within(once(socket, 'data'), 'the echo', LIMIT_MS)
    // The packet that the guide had opened was the page's own: now the ladder shows the learner's.
    await page.getByRole('region', { name: 'Ladder' }).getByText('yours', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Pull the cable' }).click()
    await page.getByText('The cable is cut. Send into it.').waitFor()
    socket.write('lost\n')
    await page.getByText(/Packet \d+ is gone, and nobody was told\./).waitFor()
    await page.getByRole('button', { name: 'Plug it in' }).click()
    await page.getByText(/TCP sent it again: packet \d+\./).waitFor()
    await page.getByRole('button', { name: 'Open that packet' }).click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
  })

  it('a preset is one press away, and Ctrl+Z takes it back', async (t) => {
    await talk(t)
    const page = await open(t)
    if (page === undefined) return
    await page.getByRole('button', { name: /^cable: Perfect cable/ }).focus()
    await page.keyboard.press('Enter')
    await page
      .getByRole('menuitemradio', { name: /^Perfect cable/ })
      .and(page.locator(':focus'))
      .waitFor()
    await page.getByRole('menuitemradio', { name: /^Café Wi-Fi/ }).click()
    await becomes(({ preset }) => preset === 'cafe-wifi', 'café')
    await page.getByRole('status').filter({ hasText: 'The cable is now Café Wi-Fi' }).waitFor()
    await page.keyboard.press('Control+z')
    await becomes(({ preset }) => preset === 'perfect', 'taken back')
    await page.getByRole('button', { name: /^cable: Perfect cable/ }).waitFor()
  })

  it('a slider goes by keys, a field takes the exact number, and a wrong one is told beside it', async (t) => {
    await talk(t)
    const page = await open(t)
    if (page === undefined) return
    await onMap(page, /^Cable to server/).click()
    const panel = page.getByRole('complementary', { name: 'Cable' })
    const delay = panel.getByRole('slider', { name: 'Delay' })
    await delay.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await becomes(({ up, down }) => up.delay === 0.002 && down.delay === 0.002, 'two steps')
    assert.equal(await delay.getAttribute('aria-valuetext'), '2 ms')
    await page.keyboard.press('Control+z')
    await becomes(({ up }) => up.delay === 0, 'a movement of the hand is taken back as one')

    const exact = panel.getByRole('textbox', { name: 'Loss, exactly' })
    await exact.fill('12.5')
    await page.keyboard.press('Enter')
    await becomes(({ up, down }) => up.loss === 0.125 && down.loss === 0.125, 'typed')
    await exact.fill('most of it')
    await page.keyboard.press('Enter')
    await panel.getByRole('alert').filter({ hasText: 'a share from 0% to 100%' }).waitFor()
    assert.equal(await exact.getAttribute('aria-invalid'), 'true')
    await panel.getByRole('checkbox', { name: 'Both directions alike' }).uncheck()
    const back = panel.getByRole('slider', { name: 'Loss to the client' })
    await back.and(page.locator('[aria-valuetext="12.5 %"]')).waitFor()
    await back.focus()
    await page.keyboard.press('Home')
    await becomes(({ up, down }) => up.loss === 0.125 && down.loss === 0, 'one direction')
  })

  it('a chosen fate meets the next data of the conversation one is on', async (t) => {
    const socket = await talk(t)
    const page = await open(t)
    if (page === undefined) return
    await page
      .locator('.connections__item')
      .filter({ hasText: `:${socket.localPort}` })
      .click()
    await onMap(page, /^Cable to server/).click()
    await page.getByRole('button', { name: 'Drop the client’s next data' }).click()
    const chosen = page.getByRole('list', { name: 'Chosen fates' })
    await chosen.getByText(`of 10.0.0.100:${socket.localPort}`).waitFor()
    await chosen.getByText('none came yet').waitFor()
    socket.write('not this time\n')
    await chosen.getByText('done: it met its frame').waitFor()
    await packet(`tcp.port == ${socket.localPort} && link.fate == "lost"`)
    await chosen.getByRole('button', { name: /^Take away/ }).click()
    await becomes((now) => now.chosen.length === 0, 'taken away')
  })

  it('the map goes by keys: from host to cable, Enter opens its settings, on a host it filters', async (t) => {
    await talk(t)
    const page = await open(t)
    if (page === undefined) return
    const client = onMap(page, /^your computer/)
    await client.focus()
    await page.keyboard.press('ArrowDown')
    await onMap(page, /^The switch/)
      .and(page.locator(':focus'))
      .waitFor()
    await page.keyboard.press('ArrowDown')
    await onMap(page, /^Cable to server/)
      .and(page.locator(':focus'))
      .waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('complementary', { name: 'Cable' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await onMap(page, /^server, 10\.0\.0\.1/)
      .and(page.locator(':focus'))
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.searchParams.get('filter') === 'ip.addr == 10.0.0.1')
  })

  it('seen from the server, what was lost on the way to it is no packet of its capture', async (t) => {
    const socket = await talk(t)
    await patch({ choose: [{ match: 'data', fate: 'lost', direction: 'up', flow: 'any', nth: 1, count: 1 }] })
    socket.write('lost once\n')
    await within(once(socket, 'data'), 'the echo', LIMIT_MS)
    const filter = `tcp.port == ${socket.localPort} && link.fate == "lost"`
    const page = await open(t, `/?filter=${encodeURIComponent(filter)}`)
    if (page === undefined) return
    const row = page.locator('.packet-list__row').filter({ hasText: 'lost' }).first()
    await row.waitFor()
    assert.doesNotMatch((await row.textContent()) ?? '', /never arrived/)
    await page.getByRole('group', { name: 'Seen from' }).getByRole('button', { name: 'server' }).click()
    await page.waitForURL(/at=server/)
    await row.filter({ hasText: 'never arrived: the server’s own capture would not show it' }).waitFor()
    const saved = page.waitForEvent('download')
    await page.locator('.pane--packets').getByRole('button', { name: 'Save' }).click()
    await page.getByRole('menuitem', { name: 'seen from the server' }).click()
    assert.match((await saved).url(), /at=server/)
  })

  it('the cable is layer 1: its envelope counts bits, and both ends say what they know', async (t) => {
    const socket = await talk(t)
    const number = await packet(`tcp.port == ${socket.localPort} && tcp.flags.syn == 1 && tcp.flags.ack == 0`)
    const page = await open(t, `/?packet=${number}`)
    if (page === undefined) return
    const envelope = page.getByRole('group', { name: 'Envelopes' }).getByRole('button', { name: /Lab cable/ })
    assert.match((await envelope.textContent()) ?? '', /784 bits/)
    const ends = page.locator('.tcp-ends')
    await ends.getByText('ESTABLISHED').nth(1).waitFor()
  })

  it('with less motion asked for a frame stands in its place', async (t) => {
    const socket = await talk(t)
    await patch({ up: { delay: 2 }, down: { delay: 2 } })
    const page = await open(t, '/', { reducedMotion: 'reduce' })
    if (page === undefined) return
    await onMap(page, /^your computer/).waitFor()
    await page.locator('.packet-list__row').first().waitFor()
    socket.write('slowly\n')
    const frame = page.locator('.map__frame').first()
    const first = await frame.getAttribute('transform')
    for (let i = 0; i < 20; i++) {
      await page.evaluate('new Promise(requestAnimationFrame)')
      assert.equal(await frame.getAttribute('transform'), first)
    }
  })

  it('on the kernel’s network the map says what that is, and there is no cable to turn', async (t) => {
    const kernel = await startLab(['--network', 'kernel'])
    t.after(() => kernel.close())
    if (kernel.capture.state !== 'running') return t.skip(`NOT RUN: ${kernel.capture.message}`)
    const page = await open(t)
    if (page === undefined) return
    await page.goto(kernel.url)
    const socket = net.connect(kernel.ports['tcp-echo']!, '127.0.0.1', () => socket.end('hello\n'))
    t.after(() => socket.destroy())
    await page.getByText('The kernel’s own network').waitFor()
    assert.equal(await page.getByRole('button', { name: /^cable:/ }).count(), 0)
    assert.equal(await page.getByRole('group', { name: 'Seen from' }).count(), 0)
  })

  it('axe finds nothing on the map, the cable and its menu', async (t) => {
    const socket = await talk(t)
    await patch({
      choose: [{ match: 'data', fate: 'lost', direction: 'down', flow: 'any', nth: 1, count: 1 }],
    })
    socket.write('one lost\n')
    await within(once(socket, 'data'), 'the echo', LIMIT_MS)
    const number = await packet(`tcp.port == ${socket.localPort} && link.fate == "lost"`)
    const page = await open(t, `/?packet=${number}`)
    if (page === undefined) return
    await page.locator('.packet-list__row.is-unseen').first().waitFor()
    await axeFindsNothing(page, { what: 'a packet that never arrived' })
    await onMap(page, /^Cable to server/).click()
    await page.getByRole('button', { name: /^cable:/ }).click()
    await page.getByRole('menu').waitFor()
    await axeFindsNothing(page, { what: 'settings and menu' })
  })
})
