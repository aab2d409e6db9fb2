/**
 * What is written beside packets in a pcapng: comments, and what Wirelab tells. What a lab network's cable did comes
 * back as it was; other comments of ours stand there for people, beside the same for programs.
 */
import type { Transit } from '../protocols/packet.ts'
import { eachOption, OPT_COMMENT, OPT_CUSTOM_TEXT } from './pcapng-blocks.ts'
import type { SessionItem } from './session-item.ts'
import { ENTERPRISE, SessionTexts } from './session-option.ts'
import { readTransitComment } from './transit-comment.ts'

/** How Wirelab's own comments for people begin; only beside a text of its own are they taken for that. */
const OWN_COMMENT = /^(?:event|network|lab): /

export interface Words {
  readonly comments: string[]
  readonly items: SessionItem[]
  transit: Transit | undefined
}

/** What Wirelab tells in a custom block of its number, without that; undefined for a block of somebody else's. */
export function readBlockWords(
  data: Uint8Array,
  onProblem: (what: string) => void,
): SessionItem[] | undefined {
  const items: SessionItem[] = []
  let end = data.length
  while (end > 0 && data[end - 1] === 0) end--
  return new SessionTexts((item) => items.push(item), onProblem).take(data.subarray(0, end))
    ? items
    : undefined
}

/**
 * The words among options from `start` to `end`. Whatever else stands there is of no matter, damaged or not.
 * `packet`: the bytes they stand beside.
 */
export function readWords(
  bytes: Uint8Array,
  view: DataView,
  littleEndian: boolean,
  start: number,
  end: number,
  packet: Uint8Array,
  onProblem: (what: string) => void,
): Words {
  const words: Words = { comments: [], items: [], transit: undefined }
  const texts = new SessionTexts((item) => words.items.push(item), onProblem)
  let ours = false
  eachOption(view, littleEndian, start, end, (code, at, length) => {
    if (code === OPT_COMMENT) {
      const comment = new TextDecoder().decode(bytes.subarray(at, at + length))
      const transit = words.transit === undefined ? readTransitComment(comment, packet) : undefined
      if (transit === undefined) words.comments.push(comment)
      else words.transit = transit
    } else if (code === OPT_CUSTOM_TEXT && length >= 4 && view.getUint32(at, littleEndian) === ENTERPRISE) {
      if (texts.take(bytes.subarray(at + 4, at + length))) ours = true
    }
  })
  return ours ? { ...words, comments: words.comments.filter((comment) => !OWN_COMMENT.test(comment)) } : words
}
