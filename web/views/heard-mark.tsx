/** What an emission was to a socket, as a sign in a line of text or in a cell. */
import type { Heard } from '../lib/who-heard.ts'
import { HEARD_MARKS, SENT_MARK } from './heard-marks.ts'

export function HeardMark({ heard }: { heard: Heard | 'sent' }) {
  const { line, solid } = heard === 'sent' ? { line: '', solid: SENT_MARK } : HEARD_MARKS[heard]
  return (
    <svg
      class="heard-mark"
      data-heard={heard}
      data-layer={7}
      viewBox="-8 -8 16 16"
      width="16"
      height="16"
      aria-hidden="true"
    >
      {line !== '' && <path class="heard-mark__line" d={line} />}
      {solid !== '' && <path class="heard-mark__solid" d={solid} />}
    </svg>
  )
}
