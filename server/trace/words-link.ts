/** What became of a packet on its cable, for a learner: said behind what the packet itself says. */
import type { Transit } from '../protocols/packet.ts'
import type { Words } from './words-phrase.ts'

const FATES: Readonly<Record<string, (receiver: string) => string>> = {
  lost: (receiver) => `The cable lost it: ${receiver} never sees it.`,
  'queue full': (receiver) =>
    `The queue before the cable was full: it was dropped, and ${receiver} never sees it.`,
  cut: (receiver) => `The cable is cut: ${receiver} never sees it.`,
  corrupted: (receiver) =>
    `A bit fell over on the way: ${receiver} finds a wrong checksum and throws it away.`,
  duplicated: () => 'The cable brought it twice.',
}

/** The words of a frame with what its cable did to it, where that is worth a word. */
export function withFate(words: Words, transit: Transit | undefined): Words {
  if (transit === undefined) return words
  const receiver = transit.direction === 'up' ? 'the server' : 'the client'
  const fates = transit.fates.flatMap((fate) => FATES[fate]?.(receiver) ?? [])
  if (fates.length === 0) return words
  return { ...words, says: [words.says, ...fates].filter((said) => said !== null).join(' ') }
}
