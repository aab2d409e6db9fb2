/** The comparison page: one message over every transport, on one time axis and one scale of bytes. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CaptureStatus } from '../../server/dashboard/api.ts'
import type { CompareResult } from '../../server/dashboard/api-compare.ts'
import { framesFilter } from '../lib/filter-words.ts'
import { formatCount, formatInterval, plural } from '../lib/format.ts'
import { drawCompareBar, drawCompareLadder } from './compare-draw.ts'
import {
  type CompareLayout,
  type CompareRow,
  insights,
  layoutCompare,
  PARTS,
  roundTrips,
  TRANSPORTS,
  totalWords,
} from './compare-layout.ts'
import { drawComparePicture } from './compare-picture.ts'
import { PictureTools } from './picture-tools.tsx'
import { useWidth } from './viewport.ts'

/**
 * While it runs, `result` holds the transports that are done: asked for one by one (`POST /api/compare` with one of
 * `TRANSPORTS` at a time, put together with `mergeResults`), the page fills as they come.
 */
export type Comparison =
  | { readonly state: 'none' }
  | { readonly state: 'running'; readonly result: CompareResult | null }
  | { readonly state: 'done'; readonly result: CompareResult }
  | { readonly state: 'failed'; readonly message: string; readonly result: CompareResult | null }

export interface CompareProps {
  comparison: Comparison
  /** Why nothing can be known of the wire, and what mends it; null before the first status. */
  capture: CaptureStatus | null
  onRun: (message: string) => void
  onSelectPacket: (number: number) => void
}

const LONGEST = 10_000

export function Compare({ comparison, capture, onRun, onSelectPacket }: CompareProps) {
  const [message, setMessage] = useState('hello')
  const running = comparison.state === 'running'
  const result = comparison.state === 'none' ? null : comparison.result
  const blind =
    result === null
      ? capture !== null && capture.state !== 'running' && capture.state !== 'starting'
      : !result.captured
  return (
    <main class="compare" aria-label="Compare transports">
      <header class="compare__intro">
        <h1 class="compare__title">The same message, five ways</h1>
        <p class="compare__lead">
          One message goes to an echo service and comes back, over each transport in turn. What it cost is
          read off the wire.
        </p>
        <form
          class="compare__form"
          onSubmit={(event) => {
            event.preventDefault()
            onRun(message)
          }}
        >
          <label class="compare__label" for="compare-message">
            Message
          </label>
          <input
            id="compare-message"
            class="compare__input"
            value={message}
            maxLength={LONGEST}
            required
            spellcheck={false}
            autocomplete="off"
            onInput={(event) => setMessage(event.currentTarget.value)}
          />
          <span class="compare__size">{plural(new TextEncoder().encode(message).length, 'byte')}</span>
          <button type="submit" class="compare__run" disabled={running || message === ''}>
            {running ? 'Running' : 'Run'}
          </button>
        </form>
      </header>

      <div class="compare__live" role="status">
        {running && <Progress result={result} />}
        {comparison.state === 'failed' && <p class="compare__failed">{comparison.message}</p>}
      </div>
      {blind && <Blind />}
      {result !== null && <Findings result={result} running={running} onSelectPacket={onSelectPacket} />}
    </main>
  )
}

function Progress({ result }: { result: CompareResult | null }) {
  const done = new Set(result?.transports.map((transport) => transport.id))
  const current = TRANSPORTS.find(({ id }) => !done.has(id))
  return (
    <ol class="compare__progress">
      {TRANSPORTS.map(({ id, name }) => {
        const state = done.has(id) ? 'done' : id === current?.id ? 'running' : 'waiting'
        return (
          <li key={id} data-state={state}>
            {name}
            <span class="compare__hidden">, {state}</span>
          </li>
        )
      })}
    </ol>
  )
}

/** What mends it stands above the page already. */
function Blind() {
  return (
    <section class="compare__blind">
      <h2>What crosses the wire can't be known</h2>
      <p>
        Nothing is being captured, so packets, bytes and round trips stay unknown: the note above says why,
        and what mends it. The times here are the program's own, from connect() to the echo in its hands.
      </p>
    </section>
  )
}

interface FindingsProps {
  result: CompareResult
  running: boolean
  onSelectPacket: (number: number) => void
}

function Findings({ result, running, onSelectPacket }: FindingsProps) {
  const root = useRef<HTMLDivElement>(null)
  const width = useWidth(root)
  const layout = width === 0 ? null : layoutCompare(result, { width })
  const sentences = running ? [] : insights(result)
  return (
    <>
      {sentences.length > 0 && (
        <div class="compare__insight">
          {sentences.map((sentence, i) => (
            <p key={sentence} class={i === 0 ? 'compare__headline' : ''}>
              {sentence}
            </p>
          ))}
        </div>
      )}
      {result.captured && (
        <div class="compare__head">
          <Legend />
          <PictureTools
            name="comparison"
            title="The same message over each transport"
            description={sentences[0] ?? ''}
            draw={() => (layout === null || layout.rows.length === 0 ? null : drawComparePicture(layout))}
          >
            <HowToRead />
          </PictureTools>
        </div>
      )}
      <div class="compare__rows" ref={root}>
        {layout !== null && layout.ticks.length > 0 && <Axis layout={layout} />}
        {layout?.rows.map((row) => (
          <Row key={row.id} row={row} layout={layout} onSelectPacket={onSelectPacket} />
        ))}
      </div>
      {result.captured && !running && layout !== null && <Numbers rows={layout.rows} />}
    </>
  )
}

function Axis({ layout }: { layout: CompareLayout }) {
  return (
    <div class="compare__axis" aria-hidden="true">
      {layout.ticks.map((tick) => (
        <span key={tick.text} style={{ left: `${tick.x}px` }}>
          {tick.text}
        </span>
      ))}
    </div>
  )
}

function Row({
  row,
  layout,
  onSelectPacket,
}: {
  row: CompareRow
  layout: CompareLayout
  onSelectPacket: (number: number) => void
}) {
  const ladder = useRef<SVGSVGElement>(null)
  const bar = useRef<SVGSVGElement>(null)
  const { wire } = row
  useLayoutEffect(() => {
    if (ladder.current !== null)
      drawCompareLadder(
        ladder.current,
        row,
        layout.ticks,
        layout.width,
        onSelectPacket,
        row === layout.rows[0],
      )
    if (bar.current !== null) {
      drawCompareBar(bar.current, row, layout.width, wire === null ? '' : totalWords(wire))
    }
  }, [row, layout, onSelectPacket])
  return (
    <section
      class="compare__row"
      aria-label={row.name}
      data-filter={wire === null ? undefined : framesFilter(row.arrows.map(({ number }) => number))}
    >
      <h2 class="compare__name">{row.name}</h2>
      {row.error !== null && <p class="compare__failed">{row.error}</p>}
      {wire === null ? (
        <p class="compare__facts">
          {row.programTime === null
            ? 'Nothing came back.'
            : `Echo in the program's hands after ${formatInterval(row.programTime)}.`}
        </p>
      ) : (
        <>
          <p class="compare__facts">
            <span>
              <b>{formatCount(wire.packets)}</b> packets
            </span>
            <span>
              <b>{roundTrips(wire.roundTripsBefore)}</b> before the message
            </span>
            {wire.echoTime !== null && (
              <span>
                echo <b>{formatInterval(wire.echoTime)}</b> after it
              </span>
            )}
          </p>
          <svg class="compare__ladder" ref={ladder} />
          <svg class="compare__bar" ref={bar} role="img" aria-label={barName(row)} />
        </>
      )}
    </section>
  )
}

function barName(row: CompareRow): string {
  const names = new Map(PARTS.map(({ part, name }) => [part, name]))
  return `Bytes by layer: ${row.bar.map((part) => `${names.get(part.part) ?? part.part} ${part.bytes}`).join(', ')}`
}

function HowToRead() {
  return (
    <>
      <p>
        Each transport has a small ladder: the client is the upper line, the server the lower one, and time
        goes from left to right, the same for all.
      </p>
      <dl>
        <dt>an arrow</dt>
        <dd>
          a packet, in the colour of its highest layer; with a dot on it, it carries your message or its echo
        </dd>
        <dt>the bar</dt>
        <dd>all bytes that crossed, by the layer that wrote them, on one scale for all transports</dd>
        <dt>the last part</dt>
        <dd>your own bytes, there and back</dd>
      </dl>
      <p>An arrow opens its packet; ← and → go from one to the next.</p>
    </>
  )
}

function Legend() {
  return (
    <ul class="compare__legend">
      {PARTS.map(({ part, name, osi }) => (
        <li key={part} data-layer={osi}>
          <span class={`compare__swatch compare__swatch--${part}`}>{osi}</span>
          {part === 'payload' ? 'payload: yours, there and back' : name}
        </li>
      ))}
      <li>
        <svg class="compare__key" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
          <circle cx="6" cy="6" r="4" />
        </svg>
        carries your message, or its echo
      </li>
      <li>packets microseconds apart stand side by side</li>
    </ul>
  )
}

function Numbers({ rows }: { rows: readonly CompareRow[] }) {
  return (
    <section class="compare__table" tabIndex={0} aria-label="All numbers">
      <table>
        <caption class="compare__hidden">All numbers, as captured</caption>
        <thead>
          <tr>
            <th scope="col">Transport</th>
            <th scope="col">Packets</th>
            <th scope="col">Round trips before</th>
            <th scope="col">Echo after</th>
            {PARTS.map(({ part, name, osi }) => (
              <th key={part} scope="col" data-layer={osi}>
                <span class={`compare__swatch compare__swatch--${part}`} aria-hidden="true">
                  {osi}
                </span>
                {name}
              </th>
            ))}
            <th scope="col">All bytes</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap(({ id, name, wire }) =>
            wire === null
              ? []
              : [
                  <tr key={id}>
                    <th scope="row">{name}</th>
                    <td>{formatCount(wire.packets)}</td>
                    <td>{wire.roundTripsBefore}</td>
                    <td>{wire.echoTime === null ? '–' : formatInterval(wire.echoTime)}</td>
                    {PARTS.map(({ part }) => (
                      <td key={part}>{formatCount(wire.bytes[part])}</td>
                    ))}
                    <td>{formatCount(wire.bytes.total)}</td>
                  </tr>,
                ],
          )}
        </tbody>
      </table>
    </section>
  )
}
