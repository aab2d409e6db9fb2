import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { launch, noBrowser, openPage, sayTo } from './chromium.ts'

const ROOMS = '15-rooms-and-broadcast'
/** So many that an inspector's fields take several times its height. */
const MANY = 30

describe('the views beside a lab', () => {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()

  before(async () => {
    lab = await startLab(['--network', 'lab'])
    if (missing === undefined) browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })

  async function open(t: TestContext, path: string) {
    if (missing !== undefined || browser === undefined) {
      t.skip(missing ?? 'NOT RUN: no browser')
      return undefined
    }
    const viewport = { width: 1280, height: 800 }
    return openPage(t, browser, `${lab.url}/${path}`, { colorScheme: 'dark', viewport })
  }

  async function start(id: string): Promise<LabDetail> {
    const answer = await fetch(`${lab.url}/api/labs/${id}/runs`, { method: 'POST' })
    return (await answer.json()) as LabDetail
  }

  it('a link to a step has it in the upper half, and beside it the names of the other lists can be pressed', async (t) => {
    const { run } = await start(ROOMS)
    await sayTo(run!.ports.TCP!, 'hello\n')
    const page = await open(t, `?packet=1&lab=${ROOMS}&step=copies`)
    if (page === undefined) return
    const head = page.locator('.lab-step__head').filter({ hasText: 'how many copies?' })
    await head.waitFor()
    await page.getByRole('button', { name: 'Who heard', exact: true }).click()
    await page.getByRole('heading', { name: 'Who heard' }).waitFor()
    await page.getByRole('button', { name: 'Events', exact: true }).click()
    await page.getByRole('heading', { name: 'Events' }).waitFor()
    assert.ok(((await head.boundingBox())?.y ?? Number.POSITIVE_INFINITY) < 400)
  })

  it('an inspector with more layers than it has room for keeps its head in sight', async (t) => {
    const { run } = await start(ROOMS)
    const socket = net.connect(run!.ports.HUB!, '127.0.0.1')
    socket.write('GET /clients HTTP/1.1\r\nHost: hub\r\n\r\n'.repeat(MANY))
    await once(socket, 'data')
    socket.destroy()
    const found = await fetch(`${lab.url}/api/packets?filter=http.request&limit=1`)
    const { packets } = (await found.json()) as { packets: { number: number }[] }
    const page = await open(t, `?packet=${packets[0]?.number}&lab=${ROOMS}`)
    if (page === undefined) return
    const pane = page.locator('#pane-inspector')
    await pane.locator('[role="treeitem"]').nth(MANY).waitFor({ state: 'attached' })
    assert.equal(await pane.evaluate((element) => element.scrollTop), 0)
  })

  it('while a program runs it is said beside it what happens to the cable', async (t) => {
    const page = await open(t, '?lab=14-the-cut-cable')
    if (page === undefined) return
    const programs = page.getByRole('region', { name: 'Programs' })
    await programs.getByRole('button', { name: 'Run the solution' }).click()
    await programs.getByRole('button', { name: 'Show me the answer' }).click()
    await programs.getByText(/has pulled the server/).waitFor()
    await programs.getByRole('button', { name: 'The cable' }).click()
    await page.locator('.lab-step__cable').first().waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: /^Start/ }).waitFor()
  })
})
