/** The packet list in Chromium, and what the ladder says where the list alone has something. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openOwnPage, sayTo, untilTrue } from './chromium.ts'
import { gate } from './gate.ts'
import { labPage } from './lab-page.ts'

describe('the packet list in Chromium', () => {
  const tested = labPage(['--network', 'lab'])

  it('where only hosts have found each other the ladder says so', async (t) => {
    // The host of the learner's server announces itself.
    await fetch(`${tested.lab.url}/api/labs/4/runs`, { method: 'POST' })
    const page = await tested.open(t, '')
    if (page === undefined) return
    await page.locator('#pane-packets .packet-list__row', { hasText: 'ARP' }).first().waitFor()
    await page.locator('#pane-ladder').getByText('ARP, and no two programs that speak').waitFor()
    await sayTo(tested.lab.ports['tcp-echo']!, 'hello\n')
    await page.locator('#pane-ladder [data-packet]').first().waitFor()
    await page.getByText('no two programs that speak').waitFor({ state: 'detached' })
  })

  it('another filter’s packets are not new ones', async (t) => {
    for (let i = 0; i < 5; i++) await sayTo(tested.lab.ports['tcp-echo']!, 'hello\n')
    const shown = await tested.open(t, '')
    if (shown === undefined) return
    const page = await openOwnPage(t, shown.context().browser()!)
    const told = gate()
    let held = false
    await page.routeWebSocket(/socket\.io/, (socket) => {
      const server = socket.connectToServer()
      socket.onMessage((message) => server.send(message))
      server.onMessage((message) => {
        if (!held) socket.send(message)
        else void told.opened.then(() => socket.send(message))
      })
    })
    await page.goto(`${tested.lab.url}/?filter=tcp.flags.fin%3D%3D1`)
    const rows = page.locator('#pane-packets .packet-list__row')
    const grid = page.locator('#pane-packets [aria-rowcount]')
    await rows.nth(4).waitFor()
    const few = Number(await grid.getAttribute('aria-rowcount'))
    held = true
    const bar = page.getByRole('combobox').first()
    await bar.fill('tcp')
    await bar.press('Enter')
    await page.waitForURL(/filter=tcp(&|$)/)
    // The reader leaves the newest before what matches now has come.
    await rows.nth(2).click()
    told.open()
    await untilTrue(
      page,
      `Number(document.querySelector('#pane-packets [aria-rowcount]').ariaRowCount) > ${few}`,
    )
    const pill = page.locator('.packet-list__tail')
    await pill.waitFor()
    assert.doesNotMatch((await pill.textContent()) ?? '', /new packet/)
  })
})
