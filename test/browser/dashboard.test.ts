import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import type { PacketPage, Status } from '../../server/dashboard/api.ts'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, launch, noBrowser, openPage, sayTo, untilTrue } from './chromium.ts'

describe('the dashboard in Chromium', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab()
    if (missing === undefined) browser = await launch()
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  /** A fresh page, or undefined when this machine can't show one: the test is then skipped, loudly. */
  async function open(
    t: TestContext,
    path = '/',
    scheme: 'dark' | 'light' = 'dark',
    of?: { url: string },
  ): Promise<Page | undefined> {
    const blind = of === undefined && lab.capture.state !== 'running'
    const why = missing ?? (blind ? `NOT RUN: ${lab.capture.message}` : undefined)
    if (why !== undefined || browser === undefined) {
      t.skip(why ?? 'NOT RUN: no browser')
      return undefined
    }
    return openPage(t, browser, (of?.url ?? lab.url) + path, { colorScheme: scheme })
  }

  /** A line to the TCP echo, its answer read and the connection closed; the client's port. */
  const say = (line: string, to = lab) => sayTo(to.ports['tcp-echo']!, line)

  /** A service's port as its packets bear it: on the lab network another than that in front of the gateway. */
  async function wirePort(name: string): Promise<number> {
    const { services } = (await (await fetch(`${lab.url}/api/status`)).json()) as Status
    const service = services.find((one) => one.name === name)!
    return service.lab?.port ?? service.port
  }

  /** The first packet that matches, once it is there. */
  async function packet(filter: string): Promise<number> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const answer = await fetch(`${lab.url}/api/packets?limit=1&filter=${encodeURIComponent(filter)}`)
      const found = ((await answer.json()) as PacketPage).packets[0]
      if (found !== undefined) return found.number
    }
    throw new Error(`no packet matched ${filter}`)
  }

  /** Wholly inside the part of the scroll area that one sees. */
  async function inSight(page: Page, element: string, area: string): Promise<void> {
    await untilTrue(
      page,
      ([inner, outer]) => {
        const { document } = globalThis as unknown as { document: Seen }
        const mark = document.querySelector(inner!)?.getBoundingClientRect()
        const view = document.querySelector(outer!)?.getBoundingClientRect()
        return mark && view && mark.height > 0 && mark.top >= view.top - 1 && mark.bottom <= view.bottom + 1
      },
      [element, area],
    )
  }

  it('asks a newcomer to guess, sends for them, and counts what came', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await page.getByText('Nothing has crossed yet.').waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page
      .getByText(/ to meet, .* to part\./)
      .first()
      .waitFor()
  })

  it('a packet sent by a real client appears, is selected, and its field lights its bytes', async (t) => {
    const port = await wirePort('tcp-echo')
    const page = await open(t, `/?filter=${encodeURIComponent(`tcp.port == ${port}`)}`)
    if (page === undefined) return
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1', () => socket.write('browser test\n'))
    await once(socket, 'data')
    socket.end()

    const row = page.getByRole('row').filter({ hasText: 'Echo request "browser test' }).first()
    await row.click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    assert.match(page.url(), /packet=\d+/)

    const field = page.getByRole('treeitem').filter({ hasText: 'Destination Port' }).first()
    if (!(await field.isVisible())) {
      await page.getByRole('treeitem').filter({ hasText: 'Transmission Control Protocol' }).first().click()
    }
    await field.hover()
    const lit = page.locator('.byte-view__byte.is-lit')
    await lit.first().waitFor()
    const hex = (await lit.allTextContents()).join('').replace(/\s/g, '')
    assert.equal(Number.parseInt(hex, 16), port)
  })

  it('a Socket.IO session shows its heartbeat, and a click on the ladder opens the packet', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await fetch(`${lab.url}/api/heartbeat`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ pingInterval: 500, pingTimeout: 400 }),
    })
    const client = io(`http://127.0.0.1:${lab.ports.hub}`, { forceNew: true })
    t.after(() => client.disconnect())
    await once(client as never, 'connect')
    const sid = client.io.engine.id.slice(0, 4)
    await page.getByText(`sid ${sid}`).or(page.getByText(sid)).first().waitFor()
    await page.getByText(/RTT/).first().waitFor()
  })

  it('a link to a packet brings it into sight in the ladder and in the list', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const port = await say('far above\n')
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    for (let i = 0; i < 60; i++) {
      socket.write(`line ${i}\n`)
      await once(socket, 'data')
    }
    const first = await packet(`tcp.port == ${socket.localPort} && echo`)
    for (const number of [first, await packet(`tcp.port == ${port} && echo`)]) {
      await page.goto(`${lab.url}/?packet=${number}`)
      await inSight(page, '.ladder__mark.is-selected .ladder__ground', '.ladder__scroll')
      await inSight(page, `#packet-${number}.is-selected`, '.packet-list__scroller')
    }
  })

  it('a packet that is open stays in sight where the list has no room for a line each any more', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const number = await packet(`tcp.port == ${await say('kept in sight\n')} && echo`)
    for (let n = 0; n < 20; n++) await say('behind it\n')
    await page.goto(`${lab.url}/?packet=${number}`)
    await inSight(
      page,
      `#packet-${number}.is-selected`,
      '.packet-list:not(.packet-list--compact) .packet-list__scroller',
    )
    await page.setViewportSize({ width: 860, height: 900 })
    await inSight(page, `#packet-${number}.is-selected`, '.packet-list--compact .packet-list__scroller')
  })

  it('a packet older than what the ladder draws is drawn with what surrounds it', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    for (let i = 0; i < 200; i++) {
      socket.write(`line ${i}\n`)
      await once(socket, 'data')
    }
    const first = await packet(`tcp.port == ${socket.localPort} && echo`)
    await page.goto(`${lab.url}/?packet=${first}`)
    await inSight(page, '.ladder__mark--packet.is-selected .ladder__ground', '.ladder__scroll')
    await page.locator('.ladder__follow').click()
    await page
      .getByRole('treeitem', { name: /line 199/ })
      .first()
      .waitFor()
  })

  it('a click on a mark of the ladder opens its packet, and the list goes there', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const port = await say('from the ladder\n')
    const number = await packet(`tcp.port == ${port} && tcp.flags.syn == 1 && tcp.flags.ack == 1`)
    const socket = net.connect(lab.ports['tcp-echo']!, '127.0.0.1')
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    for (let i = 0; i < 30; i++) {
      socket.write(`line ${i}\n`)
      await once(socket, 'data')
    }
    await page
      .locator('.connections__item')
      .filter({ hasText: `:${port}` })
      .click()
    const mark = page.getByRole('treeitem', { name: /SYN ACK/ }).first()
    await mark.click()
    await page.getByText(`packet ${number}`, { exact: true }).waitFor()
    await inSight(page, `#packet-${number}.is-selected`, '.packet-list__scroller')
  })

  it('everything on the way to a field can be done with the keyboard', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const port = await say('by keys\n')
    await packet(`tcp.port == ${port} && tcp.flags.fin == 1`)
    await page.keyboard.press('/')
    await page.locator('[data-key="filter"]:focus').waitFor()
    await page.keyboard.type(`tcp.port == ${port} `)
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=/)
    await page.getByText(/^\d+ match$/).waitFor()
    await page.locator('.packet-list__scroller').focus()
    await page.keyboard.press('Home')
    const selected = page.locator('.packet-list__row.is-selected')
    await selected.filter({ hasText: '[SYN]' }).waitFor()
    await page.keyboard.press('j')
    await selected.filter({ hasText: '[SYN, ACK]' }).waitFor()
    await page.keyboard.press('k')
    await selected.filter({ hasText: '[SYN]' }).waitFor()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    await page.keyboard.press('Enter')
    await page.locator('#pane-inspector [role="treeitem"]:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.waitForURL((url) => !url.searchParams.has('packet'))
  })

  it('a list whose pane grows stays at the newest, before the pane is measured anew', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    for (const line of ['one\n', 'two\n', 'three\n']) await say(line)
    await untilTrue(page, "document.querySelector('.packet-list__scroller')?.scrollTop > 100")
    await page.evaluate(`{
      const list = document.querySelector('.packet-list__scroller')
      list.style.minHeight = list.clientHeight + 60 + 'px'
      list.dispatchEvent(new Event('scroll'))
    }`)
    const number = await packet(`tcp.port == ${await say('four\n')} && tcp.flags.syn == 1`)
    await page.locator(`#packet-${number}`).waitFor()
    assert.equal(await page.locator('.packet-list__tail').count(), 0)
  })

  it('a byte pointed at lights its field', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const port = await say('point at me\n')
    const number = await packet(`tcp.port == ${port} && tcp.flags.syn == 1 && tcp.flags.ack == 0`)
    await page.goto(`${lab.url}/?packet=${number}`)
    // Ethernet has 14 bytes, IPv4 20, and TCP begins with the client's port.
    const lit = page.locator('#pane-inspector [role="treeitem"].is-lit').filter({ hasText: 'Source Port' })
    // While the panes find their places a byte may move away from beneath the pointer.
    for (const limit = Date.now() + 15_000; !(await lit.first().isVisible()) && Date.now() < limit; ) {
      await page.mouse.move(0, 0)
      await page.locator('.byte-view__byte').nth(34).hover()
      await lit
        .first()
        .waitFor({ timeout: 1000 })
        .catch(() => undefined)
    }
    assert.ok(await lit.first().isVisible())
  })

  it('two pages at once see the same packet, and each keeps its own selection', async (t) => {
    const [one, two] = [await open(t), await open(t, '/', 'light')]
    if (one === undefined || two === undefined) return
    const port = await say('for both\n')
    const row = (page: Page) => page.getByRole('row').filter({ hasText: 'Echo request "for both' }).first()
    await Promise.all([row(one).waitFor(), row(two).waitFor()])
    await row(one).click()
    await one.waitForURL(/packet=\d+/)
    assert.doesNotMatch(two.url(), /packet=/)
    assert.ok(port > 0)
  })

  it('without permission the page says so and how it is mended, and tries again when asked', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'wirelab-test-'))
    t.after(() => rm(folder, { recursive: true }))
    for (const name of ['dumpcap', 'tcpdump']) {
      await writeFile(join(folder, name), '#!/bin/sh\necho "Operation not permitted" >&2\nexit 2\n')
      await chmod(join(folder, name), 0o755)
    }
    const blind = await startLab(['--network', 'kernel'], {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
    })
    t.after(() => blind.close())
    const page = await open(t, '/', 'light', blind)
    if (page === undefined) return
    const banner = page.getByRole('region', { name: 'Capture' })
    await banner.getByText('no packet can be seen').waitFor()
    await banner.locator('.command').first().waitFor()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText(/came back, but nobody watched/).waitFor()
    await page.getByRole('button', { name: 'Read what the services say' }).click()
    await page.getByText("on('data'").first().or(page.getByText('data').first()).first().waitFor()
    await rm(join(folder, 'tcpdump'))
    await rm(join(folder, 'dumpcap'))
    const retried = page.waitForResponse((response) => response.url().endsWith('/api/capture/retry'))
    await banner.getByRole('button', { name: 'Try again' }).click()
    assert.ok((await retried).ok())
  })

  it('a page whose lab goes away says so, and says that it began anew', async (t) => {
    let other = await startLab()
    t.after(() => other.close())
    if (other.capture.state !== 'running') return t.skip(`NOT RUN: ${other.capture.message}`)
    const page = await open(t, '/', 'dark', other)
    if (page === undefined) return
    await say('before\n', other)
    await page.getByRole('row').filter({ hasText: 'Echo request "before' }).first().waitFor()
    await other.close()
    await page.getByText('The lab does not answer.').waitFor()
    other = await startLab(['--port', String(new URL(other.url).port)])
    await page.getByText('The lab began anew.').waitFor()
    await page.getByText('Nothing has crossed yet.').waitFor()
    await say('after\n', other)
    await page.getByRole('row').filter({ hasText: 'Echo request "after' }).first().waitFor()
  })

  it('a bad filter is named under the bar, and the page goes on', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await page.keyboard.press('/')
    await page.locator('[data-key="filter"]:focus').waitFor()
    await page.keyboard.type('tcp.flagz == 1')
    await page.keyboard.press('Enter')
    await page
      .getByText(/tcp\.flagz/)
      .first()
      .waitFor()
    await page
      .getByText(/did you mean/)
      .first()
      .waitFor()
  })

  it('compares the transports from captured frames', async (t) => {
    const page = await open(t, '/?view=compare')
    if (page === undefined) return
    await page.getByRole('button', { name: /^Run/ }).click()
    await page.getByText(/To carry \d+ bytes/).waitFor()
    await page.getByRole('button', { name: /^Save The same message/ }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: 'SVG' }).click()
    const saved = await download
    assert.equal(saved.suggestedFilename(), 'wirelab-comparison.svg')
    const picture = await readFile(await saved.path(), 'utf8')
    for (const name of ['UDP', 'TCP', 'WebSocket', 'Socket.IO over polling'])
      assert.ok(picture.includes(`>${name}<`))
    await page.getByRole('button', { name: /^How to read this: The same message/ }).click()
    await page.getByRole('region', { name: /^How to read The same message/ }).waitFor()
  })

  it('ticks a lab’s step when the wire shows it', async (t) => {
    const page = await open(t, '/?lab=03-tcp-open-and-close')
    if (page === undefined) return
    await page.getByRole('button', { name: /^Start/ }).click()
    const run = () => fetch(`${lab.url}/api/labs/3`).then(async (r) => ((await r.json()) as LabDetail).run)
    await page.getByRole('region', { name: 'Your run' }).getByRole('button', { name: 'Stop' }).waitFor()
    const ports = (await run())?.ports
    const socket = net.connect(ports!.TCP!, '127.0.0.1', () => socket.end())
    await page.locator('.lab-step[data-state="done"]').filter({ hasText: 'Open' }).waitFor()
  })

  for (const view of ['', '?view=compare', '?lab=all']) {
    it(`axe finds nothing on ${view || 'the live view'}`, async (t) => {
      const page = await open(t, `/${view}`)
      if (page === undefined) return
      await page.getByRole('banner').waitFor()
      await axeFindsNothing(page)
    })
  }
})

/** As much of the page's document as the tests look at: their own types are Node's. */
interface Seen {
  querySelector(
    selector: string,
  ): { getBoundingClientRect(): { top: number; bottom: number; height: number } } | null
}
