/** One event as a picture, and how it is read. */
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { Emission } from '../lib/emissions.ts'
import { drawEvent } from './event-picture-draw.ts'
import { layoutEvent } from './event-picture-layout.ts'
import { HeardMark } from './heard-mark.tsx'
import { PictureTools } from './picture-tools.tsx'
import { useWidth } from './viewport.ts'

export interface EventPictureProps {
  emission: Emission
  sockets: readonly SocketNode[]
  /** It is the newest, and changes with what comes. */
  newest: boolean
  selected: number | null
  onSelect: (packet: number) => void
}

export function EventPicture({ emission, sockets, newest, selected, onSelect }: EventPictureProps) {
  const root = useRef<HTMLDivElement>(null)
  const svg = useRef<SVGSVGElement>(null)
  const width = useWidth(root)
  const picture = width === 0 ? null : layoutEvent(emission, sockets, { width })
  useLayoutEffect(() => {
    if (svg.current !== null && picture !== null) drawEvent(svg.current, picture, { selected, onSelect })
  })
  return (
    <section class="event-picture" aria-label="Who emitted it to whom">
      <header class="event-picture__head">
        <h3 class="event-picture__title">“{(emission.cause ?? emission).event}”</h3>
        {newest && <span class="event-picture__newest">the newest</span>}
        <PictureTools
          name="event"
          title={`“${(emission.cause ?? emission).event}”`}
          description={picture?.summary ?? ''}
          draw={() => svg.current}
        >
          <EventHowTo />
        </PictureTools>
      </header>
      <div class="event-picture__room-for-it" ref={root}>
        <svg class="event-picture__svg" ref={svg} />
      </div>
      {picture !== null && picture.notes.length > 0 && (
        <ul class="event-picture__notes">
          {picture.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function EventHowTo() {
  return (
    <>
      <p>
        On the left the socket that emitted, in the middle the server, on the right whom it reached. The
        outline is the room, or the whole namespace; who stands outside of it is not in the room.
      </p>
      <p>
        <HeardMark heard="delivered" /> delivered, with its packet and the time from the hub’s call to it;{' '}
        <HeardMark heard="acked" /> answered as well; <HeardMark heard="going" /> on the way;{' '}
        <HeardMark heard="left-out" /> left out by <code>broadcast</code> or <code>except</code>.
      </p>
      <p>
        Whether the hub listens is known, since the hub tells. Whether a client’s program does, the wire can’t
        tell. Of a server that is none of Wirelab’s own, named by its address and port, only the packets are
        known: not its rooms, not its listeners, nor why it emits.
      </p>
    </>
  )
}
