/** Lines of a followed stream as they are shown, and where in them something was found. */
import type { StreamLine, StreamMatch } from '../../server/dashboard/api-stream.ts'
import { hexByte } from './bytes.ts'
import { formatBytes } from './format.ts'

export interface Stretch {
  readonly text: string
  /** Part of what was looked for; `current` where that is the match one is at. */
  readonly found: 'no' | 'yes' | 'current'
}

/** What can't be printed as a program writes it: `\r`, `\n`, `\t`; other controls as a dot. */
export function shown(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes)
  let out = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code === 10) out += '\\n'
    else if (code === 13) out += '\\r'
    else if (code === 9) out += '\\t'
    else if (code < 32 || code === 127 || code === 0xfffd) out += '·'
    else out += character
  }
  return out
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, hexByte).join(' ')
}

/** A line's bytes parted where matches begin and end. */
export function stretches(
  line: StreamLine,
  bytes: Uint8Array,
  matches: readonly StreamMatch[],
  current: StreamMatch | null,
): { readonly bytes: Uint8Array; readonly found: Stretch['found'] }[] {
  const parts: { bytes: Uint8Array; found: Stretch['found'] }[] = []
  const end = line.offset + bytes.length
  let at = line.offset
  const take = (to: number, found: Stretch['found']) => {
    if (to <= at) return
    parts.push({ bytes: bytes.subarray(at - line.offset, to - line.offset), found })
    at = to
  }
  for (const match of matches) {
    if (match.direction !== line.direction) continue
    const [from, to] = [match.offset, match.offset + match.length]
    if (to <= at || from >= end) continue
    take(Math.max(line.offset, from), 'no')
    take(Math.min(end, to), match === current ? 'current' : 'yes')
  }
  take(end, 'no')
  return parts
}

/** What stands in the place of bytes that are not there. */
export function lostWords({ lost, length }: StreamLine): string {
  if (lost === 'missed') return `${formatBytes(length)} that the capture missed`
  return length === 0 ? '' : `${formatBytes(length)} that made room for newer packets`
}

/** Whether what is looked for is bytes in hex: `0d 0a`, `0x0d0a`. Null where it is text. */
export function asHex(wanted: string): string | null {
  const bare = wanted.trim().replace(/^0x/i, '')
  return /^([0-9a-f]{2}[ :]?)+$/i.test(bare) ? bare : null
}
