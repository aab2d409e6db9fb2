import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import net from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import type { LabDetail } from '../../server/dashboard/api-labs.ts'
import { readSubmission } from '../../server/labs/submission.ts'
import { axeFindsNothing } from './axe.ts'
import { sayTo, untilTrue } from './chromium.ts'
import { labPage } from './lab-page.ts'

const ID = '03-tcp-open-and-close'

describe('the labs beside the page', () => {
  const tested = labPage(['--network', 'lab'])

  function open(t: TestContext, path: string, scheme: 'dark' | 'light' = 'dark', wide = true) {
    const viewport = wide ? { width: 1440, height: 900 } : { width: 390, height: 844 }
    return tested.open(t, path, { colorScheme: scheme, viewport })
  }

  const ask = async (path: string, method = 'GET') =>
    (await (await fetch(`${tested.lab.url}/api/labs/${ID}${path}`, { method })).json()) as LabDetail

  /** The step's head, whose name begins with its title. */
  const head = (page: Page, title: string) => page.locator('.lab-step__head').filter({ hasText: title })
  const stepOf = (page: Page, title: string) => page.locator('.lab-step').filter({ has: head(page, title) })
  const done = (page: Page, title: string) =>
    page
      .locator('.lab-step[data-state="done"]')
      .filter({ has: head(page, title) })
      .waitFor()

  it('a learner goes from the list to a lab, guesses wrong and right, and is shown what a step means', async (t) => {
    const page = await open(t, '?lab=all')
    if (page === undefined) return
    await page.getByRole('button', { name: /^Begin: Layers/ }).waitFor()
    assert.match((await page.locator('.lab-drawer__title').textContent()) ?? '', /0 of \d+ solved/)
    await page.getByRole('button', { name: /^One evening/ }).click()
    assert.equal(await page.locator('.lab-list__stop').count(), 4)
    await page.locator('.lab-list__lab').filter({ hasText: 'open and close' }).click()
    await page.getByRole('heading', { name: /TCP: open and close/ }).waitFor()
    const [reference] = await page.locator('.prose a', { hasText: 'RFC 9293 §3.5' }).all()
    assert.equal(await reference?.getAttribute('href'), 'https://www.rfc-editor.org/rfc/rfc9293#section-3.5')

    await page.getByRole('button', { name: 'Start the lab' }).click()
    const own = page.getByRole('region', { name: 'Your run' })
    await own.waitFor()
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Your run')
    const { run } = await ask('')
    await sayTo(run!.ports.TCP!, 'hello\n')
    for (const title of ['Open', 'Send, and be acknowledged', 'Close in good order']) await done(page, title)

    const guess = stepOf(page, 'Guess first')
    await guess.getByRole('textbox').fill('6')
    await guess.getByRole('button', { name: 'Answer' }).click()
    await guess.getByText('The SYN used one number').waitFor()
    await guess.getByRole('button', { name: /^packet \d+/ }).waitFor()
    await guess.getByRole('textbox').fill('7')
    await page.keyboard.press('Enter')
    await done(page, 'Guess first')
    await guess.getByText('so 7 is the next one expected').waitFor()
    assert.equal(await page.evaluate('document.activeElement.className'), 'lab-question__input')

    const before = new URL(page.url())
    const close = stepOf(page, 'Close in good order')
    await close.getByRole('button', { name: 'Show me in the ladder' }).click()
    await close.getByText(/The filter is set, packet \d+ is open/).waitFor()
    await page
      .locator('#pane-inspector')
      .getByText(/^packet \d+$/)
      .waitFor()
    const { searchParams } = new URL(page.url())
    assert.match(
      searchParams.get('filter') ?? '',
      new RegExp(`tcp.port==${run!.ports.TCP} && tcp.flags.fin==1`),
    )
    assert.equal(searchParams.get('step'), 'close')
    const { stepList } = await ask('')
    assert.equal(Number(searchParams.get('packet')), stepList.find(({ id }) => id === 'close')?.packet)
    // A run that begins has other ports: the filter goes along.
    const { run: next } = await ask('/runs', 'POST')
    assert.notEqual(next!.ports.TCP, run!.ports.TCP)
    const its = `tcp.port==${next!.ports.TCP} && tcp.flags.fin==1`
    await untilTrue(page, `new URLSearchParams(location.search).get('filter')?.includes('${its}')`)
    await close.getByRole('button', { name: 'Back to what I looked at' }).click()
    await untilTrue(page, "!new URLSearchParams(location.search).has('packet')")
    assert.equal(new URL(page.url()).searchParams.get('filter'), before.searchParams.get('filter'))
    // And from the lab to the list, as it was reached.
    await page.goBack()
    await page.getByRole('group', { name: 'Which labs are shown' }).waitFor()
    await page.goForward()
    await own.waitFor()
  })

  it('programs that break it say how, and the solution asks before it shows', async (t) => {
    const page = await open(t, `?lab=${ID}`, 'light')
    if (page === undefined) return
    await page.getByText('Break it: see what goes wrong').click()
    await page.getByRole('button', { name: 'Break it: tears down' }).click()
    await page.getByRole('region', { name: 'A run to look at' }).waitFor()
    const programs = page.getByRole('region', { name: 'Programs' })
    await programs.getByText('It has ended.').waitFor()
    await programs.getByText(/has RST set: the connection was torn down/).waitFor()
    await programs.getByRole('button', { name: 'Step 5' }).click()
    await stepOf(page, 'Close in good order')
      .getByText(/has RST set/)
      .waitFor()
    assert.equal(new URL(page.url()).searchParams.get('step'), 'close')

    await programs.getByRole('button', { name: 'Run the solution' }).click()
    await page.keyboard.press('Escape')
    await programs.getByText('You have not solved this lab yet').waitFor({ state: 'detached' })
    await programs.getByRole('button', { name: 'Run the solution' }).click()
    await programs.getByRole('button', { name: 'Show me the answer' }).click()
    await programs.getByText('A solution is running.').waitFor()
    for (const title of ['Open', 'Abort', 'Nobody at home']) await done(page, title)
    await page.getByText('in a run that is not yours').waitFor()
    const printed = programs.getByRole('log', { name: 'What it printed' })
    await printed.getByText('refused').waitFor()
    const copy = await programs.getByRole('button', { name: 'Copy what it printed' }).boundingBox()
    const lines = await printed.boundingBox()
    assert.ok(copy!.y + copy!.height <= lines!.y, 'the button for copying lies on what is to be read')
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: /^Start/ }).waitFor()
  })

  it('what goes wrong on purpose is told by the step that it goes wrong in, though others are open before', async (t) => {
    const page = await open(t, '?lab=17-shapes-of-data')
    if (page === undefined) return
    await page.getByText('Break it: see what goes wrong').click()
    await page.getByRole('button', { name: 'Break it: no extension' }).click()
    const programs = page.getByRole('region', { name: 'Programs' })
    await programs.getByText('It has ended.').waitFor()
    await programs.getByText(/no 101 of your server agrees on permessage-deflate/).waitFor()
    await programs.getByRole('button', { name: 'Step 11' }).waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: /^Start/ }).waitFor()
  })

  it('all of it is there for the keyboard, and progress is forgotten only when that is meant', async (t) => {
    const page = await open(t, `?lab=${ID}`)
    if (page === undefined) return
    await page.getByRole('button', { name: /^Start/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Your run' }).waitFor()
    const { run } = await ask('')
    const socket = net.connect(run!.ports.TCP!, '127.0.0.1', () => socket.end('hello\n'))
    await done(page, 'Send, and be acknowledged')
    await head(page, 'Abort').focus()
    await page.keyboard.press('Enter')
    await stepOf(page, 'Abort').getByText('Looked for').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('step'), 'abort')
    await page.keyboard.press('Enter')
    await stepOf(page, 'Abort').getByText('Looked for').waitFor({ state: 'detached' })

    const forget = page.getByRole('button', { name: 'Forget my progress in this lab' })
    await forget.focus()
    await page.keyboard.press('Enter')
    await untilTrue(page, `document.activeElement.textContent === 'Keep it'`)
    await page.keyboard.press('Enter')
    await untilTrue(page, `document.activeElement.textContent.startsWith('Forget my progress')`)
    assert.ok((await ask('')).done > 0)
    await page.keyboard.press('Enter')
    await untilTrue(page, `document.activeElement.textContent === 'Keep it'`)
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await forget.waitFor({ state: 'detached' })
    assert.equal((await ask('')).done, 0)
  })

  it('a run under a name is handed in from the page as the file that the terminal writes', async (t) => {
    const page = await open(t, `?lab=${ID}`)
    if (page === undefined) return
    await page.locator('summary', { hasText: 'Hand in' }).click()
    await page.getByRole('textbox', { name: 'Your name' }).fill('Ada Öz')
    await page.getByRole('button', { name: 'Begin a run to hand in' }).click()
    const handIn = page.getByRole('region', { name: 'Hand in' })
    await handIn.getByText('This run is of Ada Öz, and only what is done in it counts.').waitFor()
    const { run } = await ask('')
    await sayTo(run!.ports.TCP!, 'hello\n')
    await done(page, 'Close in good order')
    await axeFindsNothing(page, { what: 'a run to hand in' })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      handIn.getByRole('button', { name: 'Hand in' }).click(),
    ])
    assert.equal(download.suggestedFilename(), 'lab-03-Ada-Öz.pcapng')
    const { said, doubts, run: judged } = await readSubmission(createReadStream(await download.path()))
    assert.deepEqual([said.lab, said.learner, doubts], [ID, 'Ada Öz', []])
    assert.equal(judged.find('tcp.dstport==$TCP && tcp.len==6').length, 1)
    const { headers } = await fetch(`${tested.lab.url}/api/labs/3/submission`)
    assert.match(headers.get('content-disposition') ?? '', /''lab-03-Ada-%C3%96z\.pcapng$/)
    await handIn.getByText('Saved: lab-03-Ada-Öz.pcapng').waitFor()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.locator('summary', { hasText: 'Hand in' }).click()
    assert.equal(await page.getByRole('textbox', { name: 'Your name' }).inputValue(), 'Ada Öz')
  })

  it('on a small screen the labs give way to what they point at', async (t) => {
    const page = await open(t, `?lab=${ID}&step=open`, 'dark', false)
    if (page === undefined) return
    const { run } = await ask('/runs', 'POST')
    await sayTo(run!.ports.TCP!, 'hello\n')
    await done(page, 'Open')
    await stepOf(page, 'Open')
      .getByRole('button', { name: /^packet \d+/ })
      .click()
    await page.getByRole('tab', { name: 'Ladder', selected: true }).waitFor()
    await page.locator('.ladder [data-packet]').first().waitFor()
    await page.getByRole('button', { name: /^Lab 03: TCP/ }).click()
    await done(page, 'Open')
  })

  it('axe finds nothing on the list and on a lab', async (t) => {
    const page = await open(t, '?lab=all')
    if (page === undefined) return
    await page.locator('.lab-list__path').waitFor()
    await axeFindsNothing(page, { what: 'the list' })
    await ask('/runs', 'POST')
    await page.locator('.lab-list__lab').filter({ hasText: 'open and close' }).click()
    await page.getByRole('region', { name: 'Your run' }).waitFor()
    await page.getByText('Break it: see what goes wrong').click()
    await page.getByText('Questions, and going further').click()
    await page.getByRole('button', { name: 'Run the solution' }).click()
    await axeFindsNothing(page, { what: 'a lab' })
    await ask('/runs', 'DELETE')
  })

  it('what a step points at is in sight in the list, wherever it stood by the filter before', async (t) => {
    const { run } = await ask('/runs', 'POST')
    for (let silent = 0; silent < 12; silent++) {
      const socket = net.connect(run!.ports.TCP!, '127.0.0.1', () => socket.end())
      await once(socket.resume(), 'close')
    }
    await sayTo(run!.ports.TCP!, 'hello\n')
    const page = await open(t, `?lab=${ID}&step=close`)
    if (page === undefined) return
    await done(page, 'Close in good order')
    const { packet } = (await ask('')).stepList.find(({ id }) => id === 'close')!
    // Opened already, in a list of few, near its beginning.
    const few = encodeURIComponent(`frame.number>=${packet! - 2}`)
    await page.goto(`${tested.lab.url}/?lab=${ID}&step=close&packet=${packet}&filter=${few}`)
    await page.locator(`#pane-packets [data-packet="${packet}"]`).waitFor()
    await stepOf(page, 'Close in good order').getByRole('button', { name: 'Show me in the ladder' }).click()
    // Two for each silent connection, and those of the last.
    await untilTrue(
      page,
      `(() => {
        const grid = document.querySelector('#pane-packets [aria-rowcount]')
        const row = grid?.querySelector('[data-packet="${packet}"]')?.getBoundingClientRect()
        const list = grid?.getBoundingClientRect()
        return Number(grid?.ariaRowCount) > 24 && row?.top >= list?.top && row?.bottom <= list?.bottom
      })()`,
    )
  })
})
