import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { io } from 'socket.io-client'
import type { FlowList } from '../../server/dashboard/api.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { within } from '../services/waiting.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { LIMIT_MS, type Looks, launch, noBrowser, openPage } from './chromium.ts'

/** More than a segment holds, so that one write travels in several. */
const LONG = 'x'.repeat(4000)

describe('one conversation by itself', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  /** A connection over TCP that is over, and one of the hub's that is open. */
  let echo: string
  let hub: string
  let session: ReturnType<typeof io>
  const missing = noBrowser()

  before(async () => {
    lab = await startLab()
    if (missing === undefined) browser = await launch()
    else console.error(missing)
    const port = await talk(lab.ports['tcp-echo'] ?? 0, `hello\n${LONG}\n`)
    session = io(`http://127.0.0.1:${lab.ports.hub}`, { forceNew: true, transports: ['websocket'] })
    await within(once(session as never, 'connect'), 'the connection to the hub', LIMIT_MS)
    await within(session.emitWithAck('echo', 'who is there'), 'the echo', LIMIT_MS)
    const { flows } = (await (await fetch(`${lab.url}/api/flows`)).json()) as FlowList
    echo = flows.find(({ client }) => client.port === port)?.id ?? ''
    hub = flows.find(({ service }) => service === 'hub')?.id ?? ''
  })
  after(async () => {
    session.disconnect()
    await browser?.close()
    await lab.close()
  })

  async function open(t: TestContext, path: string, options: Looks = {}): Promise<Page | undefined> {
    if (missing !== undefined || browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    return openPage(t, browser, lab.url + path, { colorScheme: 'dark', ...options })
  }

  it('opens with a double click, is in the address, and Esc leads back', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    await page.locator(`.connections [data-flow="${echo}"]`).first().dblclick()
    await page.getByRole('heading', { name: new RegExp(`Echo ${echo}`) }).waitFor()
    assert.match(page.url(), new RegExp(`flow=${echo}`))
    await page.keyboard.press('Escape')
    await page.locator('.connections').waitFor()
    assert.doesNotMatch(page.url(), /flow=/)
  })

  it('the ruler shows one write in several segments, and a segment opens its packet', async (t) => {
    const page = await open(t, `/?flow=${echo}`)
    if (page === undefined) return
    const way = page.getByRole('region', { name: 'Bytes to the server' })
    await way.getByText(/travelled in three segments/).waitFor()
    const segments = way.locator('.byte-ruler__mark[data-row="sent"]')
    const name = (await segments.nth(1).getAttribute('aria-label')) ?? ''
    const number = /packet (\d+)/.exec(name)?.[1]
    await segments.nth(1).click()
    await page.locator('#pane-inspector').getByText(`packet ${number}`, { exact: true }).waitFor()
    assert.match((await segments.nth(1).getAttribute('class')) ?? '', /is-selected/)
    // The same packet is lit in the ladder.
    await segments.nth(1).hover()
    await page.locator(`.ladder__picture [data-packet~="${number}"][data-pointed]`).first().waitFor()
  })

  it('what both ends said can be read, searched and saved', async (t) => {
    const page = await open(t, `/?flow=${echo}`)
    if (page === undefined) return
    const stream = page.locator('.follow-stream')
    await stream.getByText(/lines\.$/).waitFor()
    const box = stream.getByRole('searchbox')
    await box.fill('hello')
    await box.press('Enter')
    await stream.getByText('1 of 2').waitFor()
    await stream.locator('mark.is-current', { hasText: 'hello' }).waitFor()
    await stream.getByRole('button', { name: 'Hex' }).click()
    await stream.getByText('68 65 6c 6c 6f', { exact: false }).first().waitFor()
    await stream.getByRole('button', { name: /^Save/ }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('menuitem', { name: /^Client/ }).click()
    const path = await (await saved).path()
    assert.equal(await readFile(path, 'utf8'), `hello\n${LONG}\n`)
  })

  it('goes on as the two go on talking, unmasked', async (t) => {
    const page = await open(t, `/?flow=${hub}`)
    if (page === undefined) return
    const stream = page.locator('.follow-stream')
    await stream.getByText('who is there', { exact: false }).first().waitFor()
    await within(session.emitWithAck('echo', 'still there'), 'the echo', LIMIT_MS)
    await stream.getByText('still there', { exact: false }).first().waitFor()
  })

  it('shows the states that both ends told, by the packets that moved them', async (t) => {
    const page = await open(t, `/?flow=${echo}`)
    if (page === undefined) return
    const states = page.locator('.tcp-states')
    await states.getByText('as it told us itself').first().waitFor()
    const moved = states.getByRole('button', { name: /^Client: CLOSED to SYN-SENT, sends SYN, packet \d+$/ })
    await moved.waitFor()
    const number = /\d+$/.exec((await moved.getAttribute('aria-label')) ?? '')?.[0]
    await moved.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.locator('#pane-inspector').getByText(`packet ${number}`, { exact: true }).waitFor()
  })

  it('all of it by the keyboard alone', async (t) => {
    const page = await open(t, '/')
    if (page === undefined) return
    const item = page.locator(`.connections [data-flow="${echo}"]`).first()
    await item.focus()
    await page.keyboard.press('Enter')
    const mark = page.locator('.byte-ruler__mark[tabindex="0"]').first()
    await mark.waitFor()
    await mark.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    const focused = page.locator('.byte-ruler__mark:focus')
    assert.equal(await focused.getAttribute('data-row'), 'sent')
    await page.keyboard.press('+')
    await page.keyboard.press('Enter')
    await page.locator('#pane-inspector [role="tree"]').first().waitFor()
    const before = page.url()
    await page.locator('.follow-stream__scroller').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Tab')
    await page.locator('.follow-stream__packet:focus').waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL((url) => url.href !== before)
    await page.keyboard.press('Escape')
    await page.locator('.connections').waitFor()
  })

  it('on a small screen its parts are tabs', async (t) => {
    const page = await open(t, `/?flow=${echo}`, { viewport: { width: 390, height: 844 } })
    if (page === undefined) return
    const tabs = page.getByRole('tablist', { name: 'Parts of the conversation' })
    for (const [name, place] of [
      ['Bytes', '.byte-ruler__mark'],
      ['Stream', '.follow-stream__line'],
      ['States', '.tcp-states__chip'],
    ] as const) {
      await tabs.getByRole('tab', { name }).click()
      await page.locator(place).first().waitFor()
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    assert.equal(wide, 390)
  })

  it('axe finds nothing', async (t) => {
    const page = await open(t, `/?flow=${echo}`)
    if (page === undefined) return
    await page.locator('.tcp-states__chip').first().waitFor()
    await page.locator('.follow-stream__line').first().waitFor()
    await axeFindsNothing(page)
  })
})

/** Says all of a text to an echo, reads it back, and closes; the client's port. */
async function talk(port: number, text: string): Promise<number> {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
  const own = once(socket, 'connect').then(() => socket.localPort ?? 0)
  let read = 0
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (bytes: Buffer) => {
      read += bytes.length
      if (read >= text.length) resolve()
    })
  })
  const gone = once(socket, 'close')
  await within(answered, 'the echo', LIMIT_MS)
  socket.end()
  await within(gone, 'the end of the connection', LIMIT_MS)
  return own
}
