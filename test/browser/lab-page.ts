/** A Wirelab and a Chromium for the tests of one `describe`, from before its first to after its last. */
import { after, before, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Wirelab } from '../../server/wirelab.ts'
import { startLab } from '../whole-lab.ts'
import { type Looks, launch, noBrowser, openPage } from './chromium.ts'

export interface LabPage {
  readonly lab: Wirelab
  /** A page of it at a path; undefined where there is no browser, and the test is skipped. */
  open(t: TestContext, path: string, looks?: Looks): Promise<Page | undefined>
}

/** To be called in a `describe`. `flags`: the Wirelab's; `learnersFolder`: where the learner's programs are. */
export function labPage(flags: readonly string[], learnersFolder?: string): LabPage {
  let lab: Wirelab
  let browser: Browser | undefined
  const missing = noBrowser()
  before(async () => {
    lab = await startLab(flags, process.env, learnersFolder)
    if (missing === undefined) browser = await launch()
  })
  after(async () => {
    await browser?.close()
    await lab.close()
  })
  return {
    get lab() {
      return lab
    },
    async open(t, path, looks) {
      if (browser === undefined) {
        t.skip(missing ?? 'NOT RUN: no browser')
        return undefined
      }
      return openPage(t, browser, `${lab.url}/${path}`, looks)
    },
  }
}
