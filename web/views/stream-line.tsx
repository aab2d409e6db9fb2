/** One line of a followed stream: whose it is, the packet that brought it, and its bytes. */
import type { StreamLine, StreamMatch } from '../../server/dashboard/api-stream.ts'
import { decodeBase64 } from '../lib/bytes.ts'
import { formatClock } from '../lib/format.ts'
import { hexOf, lostWords, shown, stretches } from '../lib/stream-text.ts'

export interface LineProps {
  line: StreamLine
  view: 'text' | 'hex'
  matches: readonly StreamMatch[]
  current: StreamMatch | null
  selected: boolean
  later: boolean
  /** Tab leads here. */
  stop: boolean
  onSelect: (number: number) => void
}

export function Line({ line, view, matches, current, selected, later, stop, onSelect }: LineProps) {
  const { direction, number, begins, again, offset, time } = line
  const classes = ['follow-stream__line', `follow-stream__line--${direction}`]
  if (selected) classes.push('is-selected')
  if (later) classes.push('is-later')
  if (begins) classes.push('is-first')
  const bytes = decodeBase64(line.base64)
  const parts = line.lost === null ? stretches(line, bytes, matches, current) : []
  return (
    <div
      class={classes.join(' ')}
      data-packet={number ?? undefined}
      data-filter={number === null ? undefined : `frame.number == ${number}`}
    >
      <span class="follow-stream__side" aria-hidden="true">
        {begins || line.lost !== null ? (direction === 'client' ? '▸' : '◂') : ''}
      </span>
      {number !== null && begins ? (
        <button
          type="button"
          class="follow-stream__packet"
          tabIndex={stop ? 0 : -1}
          title={`${direction === 'client' ? 'The client' : 'The server'} said this in packet ${number}${time === null ? '' : `, ${formatClock(time)}`}${again ? ', which was sent again' : ''}`}
          onClick={() => onSelect(number)}
        >
          <span class="visually-hidden">{direction}, packet </span>
          {number}
          {again && <span class="follow-stream__again"> again</span>}
        </button>
      ) : (
        <span class="follow-stream__packet" />
      )}
      {view === 'hex' && <span class="follow-stream__offset">{offset.toString(16).padStart(6, '0')}</span>}
      {line.lost !== null ? (
        <span class="follow-stream__lost">{lostWords(line)}</span>
      ) : (
        <>
          {view === 'hex' && (
            <span class="follow-stream__hex">
              {parts.map((part, i) => (
                <Found key={i} found={part.found} text={`${hexOf(part.bytes)} `} />
              ))}
            </span>
          )}
          <span class="follow-stream__text">
            {parts.map((part, i) => (
              <Found key={i} found={part.found} text={shown(part.bytes)} />
            ))}
          </span>
        </>
      )}
    </div>
  )
}

function Found({ found, text }: { found: 'no' | 'yes' | 'current'; text: string }) {
  if (found === 'no') return <>{text}</>
  return <mark class={found === 'current' ? 'is-current' : ''}>{text}</mark>
}
