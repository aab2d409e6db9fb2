import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import type { PacketPage } from '../../server/dashboard/api.ts'
import type { LabDetail, RunRequest } from '../../server/dashboard/api-labs.ts'
import { sayTo, untilTrue } from './chromium.ts'
import { labPage } from './lab-page.ts'

const ROOMS = '15-rooms-and-broadcast'
/** So many that an inspector's fields take several times its height. */
const MANY = 30

/** A lab of one step, which is looked at from the server's end. */
const FAR = '30-far-end'
const folder = await mkdtemp(join(tmpdir(), 'wirelab-far-'))
after(() => rm(folder, { recursive: true, force: true }))
await mkdir(join(folder, FAR))
await writeFile(
  join(folder, FAR, 'check.ts'),
  `import { lab } from 'wirelab/kit'
export default lab({ number: 30, title: 'Far end', summary: 'S.', minutes: 5, networks: ['lab'], assumes: [], wrongs: [],
  steps: [{ kind: 'wire', id: 'far', lookedFor: 'A line.', evidence: 'tcp.dstport==$TCP && tcp.len>0',
    look: { view: 'packets', at: 'server' } }] })\n`,
)
await writeFile(
  join(folder, FAR, 'README.md'),
  '# 30 Far end\n\n## Steps\n\n### 1 · As it arrived\n\nSend a line.\n',
)
await writeFile(join(folder, FAR, 'exercise.ts'), 'console.log("mine")\n')
await mkdir(join(folder, 'wirelab-labs', FAR), { recursive: true })
await writeFile(
  join(folder, 'wirelab-labs', FAR, 'exercise.ts'),
  `import { connect } from 'node:net'
const socket = connect(Number(process.env.WIRELAB_TCP_PORT), '127.0.0.1', () => socket.end('hello\\n'))\n`,
)

describe('the views beside a lab', () => {
  const tested = labPage(['--network', 'lab', '--labs', folder], folder)

  const open = (t: TestContext, path: string) =>
    tested.open(t, path, { colorScheme: 'dark', viewport: { width: 1280, height: 800 } })

  async function start(id: string, wanted?: RunRequest): Promise<LabDetail> {
    const answer = await fetch(`${tested.lab.url}/api/labs/${id}/runs`, {
      method: 'POST',
      ...(wanted !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(wanted),
      }),
    })
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
    const found = await fetch(`${tested.lab.url}/api/packets?filter=http.request&limit=1`)
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

  it('a step points at the capture of the server’s end, and the way back is to that of one’s own', async (t) => {
    const { run, stepList } = await start(FAR)
    await sayTo(run!.ports.TCP!, 'hello\n')
    const page = await open(t, `?lab=${FAR}&step=far`)
    if (page === undefined) return
    await page.locator('.lab-step[data-state="done"]').waitFor()
    await page.getByRole('button', { name: /^Show me/ }).click()
    await page.getByText(/packet \d+ is open. Look in the list, seen from the server\./).waitFor()
    await page.getByRole('button', { name: 'server', exact: true, pressed: true }).waitFor()
    const { filter } = stepList[0]!
    const query = new URLSearchParams({ at: 'server', filter: filter! })
    const found = await fetch(`${tested.lab.url}/api/packets?${query}`)
    const { packets } = (await found.json()) as PacketPage
    const { searchParams } = new URL(page.url())
    assert.equal(searchParams.get('at'), 'server')
    assert.equal(searchParams.get('packet'), String(packets[0]?.number))
    await page.getByRole('button', { name: 'Back to what I looked at' }).click()
    await page.getByRole('button', { name: 'client', exact: true, pressed: true }).waitFor()
    await untilTrue(page, "!new URLSearchParams(location.search).has('at')")
  })

  it('a run to hand in goes on being one when one’s own program is run again in it', async (t) => {
    const page = await open(t, `?lab=${FAR}`)
    if (page === undefined) return
    const { run } = await start(FAR, { fresh: true, learner: 'Ada' })
    const handIn = page.getByRole('region', { name: 'Hand in' })
    await handIn.getByText('This run is of Ada, and only what is done in it counts. 0 of 1 steps').waitFor()
    await page.getByRole('button', { name: 'Run my program' }).click()
    await handIn.getByText('counts. Solved.').waitFor()
    const answer = await fetch(`${tested.lab.url}/api/labs/${FAR}`)
    const { run: next } = (await answer.json()) as LabDetail
    assert.notEqual(next?.id, run?.id)
    assert.deepEqual(next?.submission, { learner: 'Ada', file: 'lab-30-Ada.pcapng' })
  })
})
