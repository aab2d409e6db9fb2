import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { CaptureList, RecordingNode } from '../../server/dashboard/api-captures.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { pcapFile } from '../frames.ts'
import { KEY_LOG, SESSION } from '../protocols/tls-vectors.ts'
import { Wire } from '../protocols/wire.ts'
import { startLab } from '../whole-lab.ts'
import { axeFindsNothing } from './axe.ts'
import { launch, noBrowser, openPage, sayTo } from './chromium.ts'

const LIMIT_MS = 20_000

describe('captures in files, in Chromium', () => {
  let lab: Wirelab
  let folder: string
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wirelab-captures-'))
    lab = await startLab(['--record-dir', join(folder, 'recordings')])
    if (missing === undefined) browser = await launch()
    else console.error(missing)
  })
  after(async () => {
    await browser?.close()
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  })

  /** A fresh page of a lab that has no file open, or undefined when this machine can't show one. */
  async function open(t: TestContext): Promise<Page | undefined> {
    if (browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    await ask('recording', { method: 'DELETE' })
    for (const { id } of await files()) await ask(`captures/${id}`, { method: 'DELETE' })
    const page = await openPage(t, browser, lab.url, { colorScheme: 'dark' })
    page.setDefaultTimeout(LIMIT_MS)
    return page
  }

  const ask = (path: string, init?: RequestInit) => fetch(`${lab.url}/api/${path}`, init)

  async function files() {
    const { captures } = (await (await ask('captures')).json()) as CaptureList
    return captures.filter(({ id }) => id !== 'live')
  }

  async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit; await pause(20)) {
      const found = await look()
      if (found !== undefined) return found
    }
    throw new Error(`waited in vain for ${what}`)
  }

  /** A line to the TCP echo, its answer read and the connection closed; the numbers of all packets since. */
  async function say(line: string): Promise<void> {
    const port = await sayTo(lab.ports['tcp-echo']!, line)
    const filter = encodeURIComponent(`tcp.port == ${port} && tcp.flags.fin == 1`)
    await until('both FINs', async () => {
      const { packets } = (await (await ask(`packets?filter=${filter}`)).json()) as PacketPage
      return packets.length >= 2 ? true : undefined
    })
  }

  /** What the list says of packets that are the same in a file as they were live. */
  async function listed(capture?: string) {
    const of = capture === undefined ? '' : `&capture=${capture}`
    const { packets } = (await (await ask(`packets?limit=500${of}`)).json()) as PacketPage
    return packets.map(({ number, source, destination, protocol, length, info, fate }) => {
      return [number, source, destination, protocol, length, info, fate].join(' ')
    })
  }

  const button = (page: Page, name: string | RegExp, exact = false) =>
    page.getByRole('button', { name, exact })
  const panel = (page: Page) => page.getByRole('complementary', { name: 'Captures' })
  const banner = (page: Page) => page.getByRole('region', { name: 'Opened file' })
  const showPanel = async (page: Page) => {
    await button(page, 'Captures', true).click()
    await panel(page).waitFor()
  }
  const choose = (page: Page, path: string) =>
    page.getByRole('region', { name: 'Open a file' }).locator('input[type="file"]').setInputFiles(path)

  /** The lab's packets as a file of their own. */
  async function saved(name: string): Promise<string> {
    const path = join(folder, name)
    await writeFile(path, Buffer.from(await (await ask('capture.pcapng')).arrayBuffer()))
    return path
  }

  /** Lets a file go over the page, as if it had been dragged there. */
  async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
    const dragged = await page.evaluateHandle(
      ([text, as]) => {
        const dom = globalThis as unknown as Dom
        const transfer = new dom.DataTransfer()
        transfer.items.add(new dom.File([Uint8Array.from(atob(text!), (c) => c.charCodeAt(0))], as!))
        return transfer
      },
      [bytes.toString('base64'), name],
    )
    await page.dispatchEvent('body', 'dragover', { dataTransfer: dragged })
    await page.getByText(/^Let go/).waitFor({ state: 'attached' })
    await page.dispatchEvent('body', 'drop', { dataTransfer: dragged })
    await page.getByText(/^Let go/).waitFor({ state: 'detached' })
  }

  it('what was recorded shows the same rows when it is looked into, and live is a step back', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await showPanel(page)
    await button(page, 'Start recording').click()
    await button(page, /^Recording /).waitFor()
    await say('for the record\n')
    const seen = await listed()
    await until('the packets in the file', async () => {
      const { packets } = (await (await ask('recording')).json()) as RecordingNode
      return packets >= seen.length ? packets : undefined
    })
    await button(page, 'Stop recording').click()
    await button(page, 'Look into it').click()
    await banner(page)
      .getByText(/^wirelab-.*-00001\.pcapng/)
      .waitFor()
    await panel(page).waitFor({ state: 'detached' })
    const row = page.getByRole('row').filter({ hasText: 'Echo request "for the record' }).first()
    await row.click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    const [file] = await files()
    assert.deepEqual((await listed(file!.id)).slice(0, seen.length), seen)
    assert.match(page.url(), new RegExp(`capture=${file!.id}`))

    await page.reload()
    await banner(page).waitFor()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    await button(page, 'Back to live').click()
    await banner(page).waitFor({ state: 'detached' })
    assert.doesNotMatch(page.url(), /capture=/)
    await say('live again\n')
    await page.getByRole('row').filter({ hasText: 'Echo request "live again' }).first().waitFor()
  })

  it('a file that is dropped on the page is opened, and shows nothing of what goes on meanwhile', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await say('in the file\n')
    await drop(page, 'dropped.pcapng', await readFile(await saved('dropped.pcapng')))
    await banner(page).getByText('dropped.pcapng').waitFor()
    await page.getByRole('row').filter({ hasText: 'Echo request "in the file' }).first().waitFor()
    const [file] = await files()
    await say('not in the file\n')
    assert.equal(await page.getByText('not in the file').count(), 0)
    // The file tells the names of the lab's hosts.
    await page.locator('.connections__ends[title$="(server)"]').first().waitFor()
    assert.ok(!(await listed(file!.id)).some((row) => row.includes('not in the file')))
    await button(page, 'Live', true).click()
    await page.getByRole('row').filter({ hasText: 'Echo request "not in the file' }).first().waitFor()
  })

  /** A page that shows a TLS session whose secrets are not in the file. */
  async function openSealed(page: Page): Promise<void> {
    const wire = new Wire()
    const line = wire.open(443)
    for (const [side, bytes] of SESSION) line.say(side, bytes)
    const path = join(folder, 'sealed.pcap')
    await writeFile(path, pcapFile(wire.frames))
    await showPanel(page)
    await choose(page, path)
    await banner(page).waitFor()
    await showPanel(page)
    await page.getByRole('row').filter({ hasText: 'Application Data' }).first().waitFor()
  }
  const chooseKeyLog = (page: Page, name: string, text: string) =>
    page
      .getByRole('region', { name: 'TLS secrets' })
      .locator('input[type="file"]')
      .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

  it('a key log opens what is sealed in an opened file, and the packet one was on stays', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await openSealed(page)
    await page.getByRole('row').filter({ hasText: 'Application Data' }).first().click()
    await page.getByRole('tree', { name: 'Fields' }).waitFor()
    const { hash } = new URL(page.url())
    await chooseKeyLog(page, 'keys.txt', KEY_LOG)
    await panel(page).getByText('4 secrets taken from keys.txt: the capture was read again').waitFor()
    await page.getByRole('row').filter({ hasText: 'Encrypted Extensions' }).first().waitFor()
    await page.getByText('Decrypted TLS').first().waitFor()
    await page.locator('.ladder__picture').getByText('New Session Ticket').first().waitFor()
    assert.equal(new URL(page.url()).hash, hash)
  })

  it('a key log that is dropped on an opened file is taken too, and on the live page it says what is missing', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await drop(page, 'keys.txt', Buffer.from(KEY_LOG))
    await panel(page)
      .getByText(/keys\.txt is a key log: open the capture that it belongs to/)
      .waitFor()
    await page.keyboard.press('Escape')
    await openSealed(page)
    await drop(page, 'keys.txt', Buffer.from(KEY_LOG))
    await panel(page).getByText('4 secrets taken from keys.txt').waitFor()
    await page.getByRole('row').filter({ hasText: 'Encrypted Extensions' }).first().waitFor()
  })

  it('a key log that opens nothing says what would', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await openSealed(page)
    await chooseKeyLog(page, 'other.txt', `CLIENT_RANDOM ${'5d'.repeat(32)} ${'8c'.repeat(48)}\n`)
    await panel(page)
      .getByText(/none is of a session in this capture that was shut/)
      .waitFor()
    await chooseKeyLog(page, 'letter.txt', 'Dear lab,\n')
    await panel(page)
      .getByRole('alert')
      .getByText(/letter\.txt is no key log: .* SSLKEYLOGFILE/)
      .waitFor()
  })

  it('a file that is no capture is named with what to do, and the page stays where it was', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await say('still here\n')
    const path = join(folder, 'picture.pcap')
    await writeFile(path, Buffer.from('89504e470d0a1a0a', 'hex'))
    await showPanel(page)
    await choose(page, path)
    await panel(page)
      .getByRole('alert')
      .getByText(/picture\.pcap was not opened: .* Choose a \.pcapng or \.pcap/)
      .waitFor()
    assert.equal(await banner(page).count(), 0)
    await page.getByRole('row').filter({ hasText: 'Echo request "still here' }).first().waitFor()
  })

  it('a file that is cut short is opened as far as it goes, and says so', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await say('whole\n')
    const path = await saved('cut.pcapng')
    await writeFile(path, (await readFile(path)).subarray(0, -30))
    await showPanel(page)
    await choose(page, path)
    await banner(page)
      .getByText(/remarks? on how it was read/)
      .click()
    await banner(page)
      .getByText(/cut short/)
      .waitFor()
  })

  it('a closed file can be had back until the panel is closed, all by keyboard', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await showPanel(page)
    await choose(page, await saved('kept.pcapng'))
    await banner(page).waitFor()
    await page.locator('.top-bar__captures').focus()
    await page.keyboard.press('Enter')
    await page.locator('#captures-panel:focus').waitFor()
    await button(page, 'Close kept.pcapng').focus()
    await page.keyboard.press('Enter')
    await banner(page).waitFor({ state: 'detached' })
    await page.locator(':focus').getByText('Undo').waitFor()
    await page.keyboard.press('Enter')
    await button(page, /^kept\.pcapng/).waitFor()
    assert.equal((await files()).length, 1)
    await button(page, 'Close kept.pcapng').click()
    await page.keyboard.press('Escape')
    await panel(page).waitFor({ state: 'detached' })
    await page.locator('.top-bar__captures:focus').waitFor()
    await until('the lab to let go of it', async () => ((await files()).length === 0 ? true : undefined))
  })

  it('when no more files can be open it says which way out there is', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    const bytes = await readFile(await saved('one.pcapng'))
    for (const name of ['one', 'two', 'three']) {
      const headers = { 'content-type': 'application/octet-stream' }
      const answer = await ask(`captures?name=${name}.pcapng`, { method: 'POST', body: bytes, headers })
      assert.equal(answer.status, 201)
    }
    await showPanel(page)
    const path = await saved('four.pcapng')
    await choose(page, path)
    await panel(page)
      .getByText(/four\.pcapng finds no room: close one/)
      .waitFor()
    await button(page, 'Close two.pcapng').click()
    await choose(page, path)
    await banner(page).getByText('four.pcapng').waitFor()
    assert.deepEqual((await files()).map(({ name }) => name).sort(), [
      'four.pcapng',
      'one.pcapng',
      'three.pcapng',
    ])
  })

  it('a file that was closed from elsewhere is told of, and live is shown', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await showPanel(page)
    await choose(page, await saved('gone.pcapng'))
    await banner(page).waitFor()
    const [file] = await files()
    await ask(`captures/${file!.id}`, { method: 'DELETE' })
    await showPanel(page)
    await panel(page)
      .getByText(/gone\.pcapng was closed from elsewhere/)
      .waitFor()
    await banner(page).waitFor({ state: 'detached' })
  })

  it('a recording that can not begin says why', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    // Where the folder should be stands a file.
    await rm(join(folder, 'recordings'), { recursive: true, force: true })
    await writeFile(join(folder, 'recordings'), '')
    t.after(() => rm(join(folder, 'recordings'), { force: true }))
    await showPanel(page)
    await button(page, 'Start recording').click()
    await panel(page)
      .getByRole('alert')
      .getByText(/no recording can begin in/)
      .waitFor()
  })

  it('axe finds nothing on the panel with a recording and an opened file', async (t) => {
    const page = await open(t)
    if (page === undefined) return
    await showPanel(page)
    await choose(page, await saved('axe.pcapng'))
    await banner(page).waitFor()
    await showPanel(page)
    await button(page, 'Start recording').click()
    await button(page, 'Stop recording').waitFor()
    await axeFindsNothing(page)
  })
})

/** As much of the page's world as the tests use: their own types are Node's. */
interface Dom {
  DataTransfer: new () => { items: { add(file: unknown): void } }
  File: new (parts: Uint8Array[], name: string) => unknown
}
