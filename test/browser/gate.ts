/** What a test holds back until it says so. */
import type { Page } from 'playwright-core'

export interface Gate {
  readonly opened: Promise<void>
  readonly open: () => void
}

/** What waits for it goes on when it is opened. */
export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** The live feed of a page that is yet to be loaded: nothing answers it until it is opened. */
export async function holdFeed(page: Page): Promise<Gate> {
  const feed = gate()
  await page.routeWebSocket(/socket\.io/, (socket) => void feed.opened.then(() => socket.connectToServer()))
  return feed
}
