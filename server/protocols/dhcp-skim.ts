/** DHCP without recording: nothing of it is remembered, so all there is to do are the words for the packet list. */
import { at8, at16, at32 } from './big-endian.ts'
import { END, MESSAGE_TYPE, messageTypeName, OVERLOAD, PAD } from './dhcp-options.ts'
import { STRUCTURED_OPTIONS } from './dhcp-structured-options.ts'
import type { Skim } from './skim.ts'

const TRANSACTION_ID = 4
/** Of the fixed part, behind which the cookie and the options stand. */
const FIXED_LENGTH = 236
export const COOKIE = 0x63825363
/** Options with parts of which, whatever they are, none can be missing. */
const WHOLE_ANYHOW: ReadonlySet<number> = new Set([43, 55, 61, 77, 94, 97])

export function skimDhcp(s: Skim): boolean {
  const { bytes, at: start, end, info } = s
  const optionsAt = start + FIXED_LENGTH + 4
  // A message that the capture cut, or one of BOOTP: dissect has words for them.
  if (s.wireEnd !== end || optionsAt > end || at32(bytes, start + FIXED_LENGTH) !== COOKIE) return false
  const type = messageType(bytes, optionsAt, end)
  if (type === 0) return false
  if (s.speak()) {
    info.ascii('DHCP ')
    info.ascii(messageTypeName(type))
    info.ascii(' - Transaction ID 0x')
    info.hex(at16(bytes, start + TRANSACTION_ID), 4)
    info.hex(at16(bytes, start + TRANSACTION_ID + 2), 4)
  }
  return true
}

/** What the message is; 0 where that isn't said, or there is more to say. */
function messageType(bytes: Uint8Array, start: number, end: number): number {
  let type = 0
  let at = start
  while (at < end && at8(bytes, at) !== END) {
    const code = at8(bytes, at++)
    if (code === PAD) continue
    const length = at8(bytes, at++)
    if (at > end || at + length > end || code === OVERLOAD) return 0
    if (STRUCTURED_OPTIONS[code] !== undefined && !WHOLE_ANYHOW.has(code)) return 0
    if (code === MESSAGE_TYPE && length > 0) type = at8(bytes, at)
    at += length
  }
  return type
}
