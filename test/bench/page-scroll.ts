/** How fluently the packet list moves with a million packets behind it. */

import type { WatchedPage } from './page-browser.ts'
import { quantile } from './page-interactions.ts'

const LIST = '.packet-list__scroller'
const TURNS_OF_THE_WHEEL = 60
const STEPS_OF_THE_BAR = 60
const JUMPS = 30

/** Frame gaps by the wheel and by the bar, and how long a place anywhere in the list takes to show its rows. */
export async function scrollLines({ page }: WatchedPage): Promise<string[]> {
  const box = await page.locator(LIST).boundingBox()
  if (box === null) return ['scrolling: there is no list']
  const rows = Number(await page.locator(LIST).getAttribute('aria-rowcount')) - 1
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  const gaps = (move: () => Promise<void>) => frameGaps(page, move)

  const resting = await gaps(() => pause(1000))
  const wheel = await gaps(async () => {
    for (let turn = 0; turn < TURNS_OF_THE_WHEEL; turn++) {
      await page.mouse.wheel(0, turn < TURNS_OF_THE_WHEEL / 2 ? -240 : 120)
      await pause(16)
    }
  })
  const bar = await gaps(async () => {
    const x = box.x + box.width - 5
    const [top, height] = [box.y + 40, box.height - 60]
    await page.mouse.move(x, top + height - 5)
    await page.mouse.down()
    for (let step = 0; step < STEPS_OF_THE_BAR; step++) {
      await page.mouse.move(x, top + height * (0.5 + 0.45 * Math.cos((step / STEPS_OF_THE_BAR) * 9)))
      await pause(16)
    }
    await page.mouse.up()
  })
  const jumps: number[] = []
  for (let jump = 0; jump < JUMPS; jump++) jumps.push(await jumpTo(page, ((jump * 0.618) % 1) * 0.98))
  const words = (values: readonly number[]) =>
    `95th percentile ${quantile(values, 0.95).toFixed(0)} ms, worst ${Math.max(...values).toFixed(0)} ms`
  return [
    `scrolling through ${rows.toLocaleString('en')} packets, gap between frames: by the wheel ${words(wheel)}; by the bar ${words(bar)}; at rest ${words(resting)}`,
    `a jump to any place of them until its rows are there: median ${quantile(jumps, 0.5).toFixed(0)} ms, ${words(jumps)} (${JUMPS} jumps)`,
  ]
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

async function frameGaps(page: WatchedPage['page'], move: () => Promise<void>): Promise<number[]> {
  await page.evaluate(`
    window.gaps = []
    window.sampling = true
    let before = performance.now()
    requestAnimationFrame(function next(now) {
      window.gaps.push(now - before)
      before = now
      if (window.sampling) requestAnimationFrame(next)
    })`)
  await move()
  return (await page.evaluate('window.sampling = false, window.gaps.slice(2)')) as number[]
}

/** Milliseconds from the move to that place, a part of all rows, until every line in sight is there. */
function jumpTo(page: WatchedPage['page'], part: number): Promise<number> {
  return page.evaluate(`new Promise((done) => {
    const list = document.querySelector('${LIST}')
    const first = () => document.querySelector('.packet-list__row')?.getAttribute('aria-rowindex')
    const before = first()
    const begun = performance.now()
    list.scrollTop = ${part} * (list.scrollHeight - list.clientHeight)
    requestAnimationFrame(function look() {
      const there = first() !== before && document.querySelector('.packet-list__row.is-awaited') === null
      if (there || performance.now() - begun > 5000) done(performance.now() - begun)
      else requestAnimationFrame(look)
    })
  })`) as Promise<number>
}
