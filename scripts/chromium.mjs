/** Debian's Chromium, or the one that CHROMIUM names, and how it is started: for screenshots and for the tests. */

/** @type {string} */
export const PATH = process.env.CHROMIUM ?? '/usr/bin/chromium'

/**
 * It asks nobody in the network for anything, and runs where there is no graphics card and no user namespace.
 * @type {readonly string[]}
 */
export const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
