/** RFC 9293's state diagram with the way that both ends of one connection took. */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import type { FlowStates } from '../../server/dashboard/api-stream.ts'
import { PictureTools } from './picture-tools.tsx'
import { drawStates } from './tcp-states-draw.ts'
import { courseWords, layoutStates } from './tcp-states-layout.ts'
import { useWidth } from './viewport.ts'

export interface TcpStatesProps {
  states: FlowStates | null
  /** Epoch seconds up to which it is shown; null for all. */
  until: number | null
  selected: number | null
  onSelect: (number: number) => void
}

const SOURCES = {
  told: 'as it told us itself',
  inferred: 'inferred from its segments',
} as const

export function TcpStates({ states, until, selected, onSelect }: TcpStatesProps) {
  const frame = useRef<HTMLDivElement>(null)
  const picture = useRef<SVGSVGElement>(null)
  const width = Math.min(MOST_WIDTH, useWidth(frame))
  const layout = useMemo(
    () => (width === 0 ? undefined : layoutStates(states, { width }, until)),
    [states, width, until],
  )
  useLayoutEffect(() => {
    if (picture.current !== null && layout !== undefined)
      drawStates(picture.current, layout, { selected, onSelect })
  }, [layout, selected])

  const ways =
    states === null
      ? []
      : [
          { name: 'Client', end: states.client, id: 'client' },
          { name: 'Server', end: states.server, id: 'server' },
        ]
  const words = ways.map(({ name, end }) => courseWords(name, end, until)).join('. ')
  return (
    <div class="tcp-states">
      <div class="tcp-states__head">
        <ul class="tcp-states__key">
          {ways.map(({ name, end, id }) => (
            <li key={id} data-end={id}>
              <svg viewBox="0 0 28 10" width="28" height="10" aria-hidden="true">
                <path class="tcp-states__line" d="M0,5H28" />
              </svg>
              {name}, <span>{SOURCES[end.source]}</span>
            </li>
          ))}
        </ul>
        <div class="tcp-states__aside">
          <PictureTools name="tcp-states" title="TCP states" description={words} draw={() => picture.current}>
            <HowToRead />
          </PictureTools>
        </div>
      </div>
      <div ref={frame}>
        <svg ref={picture} class="tcp-states__picture" role="group" aria-label={words} />
      </div>
      <ul class="tcp-states__courses">
        {ways.map(({ name, end, id }) => (
          <li key={id}>{courseWords(name, end, until)}</li>
        ))}
      </ul>
    </div>
  )
}

const MOST_WIDTH = 640

function HowToRead() {
  return (
    <>
      <p>
        Each end of a connection keeps a state of its own. Lines lead from state to state: on them what
        happens (an order of the program in capitals, or what is received), and what is sent.
      </p>
      <p>
        The strong lines are this connection's: the client's solid, the server's dashed. The number is the
        packet that moved that end; choose it to open it.
      </p>
      <p>
        Told means that the lab's own TCP said so at the time. Inferred means that it is worked out from the
        segments: a real end may have moved a little later.
      </p>
      <p>
        A dotted line is not in RFC 9293's figure, which leaves out what would clutter it: resets, and
        FIN-WAIT-1 to TIME-WAIT by one segment.
      </p>
    </>
  )
}
