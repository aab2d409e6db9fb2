/** Pages in Chromium, and pictures of them as files. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { FLAGS, PATH } from '../chromium.mjs'
import { smallerPng } from '../smaller-png.mjs'

export const WIDE = { width: 1440, height: 900 }
export const NARROW = { width: 390, height: 844 }

export async function camera(folder) {
  const browser = await chromium.launch({ executablePath: PATH, args: FLAGS })
  return {
    close: () => browser.close(),
    /** `remembered`: what the page's user chose before, as the browser keeps it. */
    async open(url, viewport, colorScheme, remembered = {}) {
      const page = await browser.newPage({ viewport, colorScheme })
      page.on('pageerror', (error) => console.error(`page: ${error.message}`))
      await page.addInitScript((all) => {
        for (const [key, value] of Object.entries(all)) localStorage.setItem(key, value)
      }, remembered)
      await page.goto(url)
      await pause(1200)
      return page
    },
    /** The picture, and the page's end. */
    async shot(page, name) {
      await writeFile(join(folder, `${name}.png`), smallerPng(await page.screenshot()))
      await page.close()
      console.error(`  ${name}.png`)
    },
  }
}
