/** Debian's Chromium, driven by playwright-core; tests that can't have it say so. */
import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const path = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why there is no browser here, or undefined when there is one. */
export function noBrowser(): string | undefined {
  try {
    accessSync(path, constants.X_OK)
    return undefined
  } catch {
    return `NOT RUN: no Chromium at ${path} (Debian: sudo apt-get install chromium)`
  }
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
