/** Draws one transport's row of the comparison: its small ladder, and its bytes by layer. */
import { select } from 'd3-selection'
import { type ArrowMark, BAR_HEIGHT, type CompareRow, LADDER_HEIGHT, LANES } from './compare-layout.ts'

/** Ten bytes among thousands can still be found at the end of the bar, where they stand out. */
const LEAST_PAYLOAD = 3

export function drawCompareLadder(
  element: SVGSVGElement,
  row: CompareRow,
  ticks: readonly { readonly x: number }[],
  width: number,
  onSelect: (packet: number) => void,
  named = false,
): void {
  const svg = select(element)
    .attr('viewBox', `0 0 ${width} ${LADDER_HEIGHT}`)
    .attr('width', width)
    .attr('height', LADDER_HEIGHT)
    .attr('role', 'group')
    .attr('aria-label', row.summary)
  svg
    .selectAll<SVGLineElement, { x: number }>('line.compare__grid')
    .data(ticks)
    .join((enter) => enter.insert('line', 'g').attr('class', 'compare__grid').attr('aria-hidden', 'true'))
    .attr('x1', (tick) => tick.x)
    .attr('x2', (tick) => tick.x)
    .attr('y1', LANES.client)
    .attr('y2', LANES.server)
  svg
    .selectAll<SVGLineElement, number>('line.compare__lane')
    .data([LANES.client, LANES.server])
    .join((enter) => enter.insert('line', 'g').attr('class', 'compare__lane').attr('aria-hidden', 'true'))
    .attr('x1', 0)
    .attr('x2', width)
    .attr('y1', (y) => y)
    .attr('y2', (y) => y)

  svg
    .selectAll<SVGTextElement, { y: number; name: string }>('text.compare__end')
    .data(
      named
        ? [
            { y: LANES.client + 14, name: 'client' },
            { y: LANES.server - 5, name: 'server' },
          ]
        : [],
    )
    .join((enter) => enter.insert('text', 'g').attr('class', 'compare__end').attr('text-anchor', 'end'))
    .attr('x', width)
    .attr('y', (end) => end.y)
    .text((end) => end.name)

  const marks = svg
    .selectAll<SVGGElement, ArrowMark>('g.compare__arrow')
    .data(row.arrows, (mark) => mark.key)
    .join((enter) => {
      const arrow = enter.append('g').attr('class', 'compare__arrow').attr('role', 'button')
      arrow.append('path').attr('class', 'compare__hit')
      arrow.append('path').attr('class', 'compare__shaft')
      arrow.append('path').attr('class', 'compare__tip')
      arrow.append('circle').attr('class', 'compare__carried').attr('r', 3.5)
      return arrow
    })
    .attr('data-layer', (mark) => mark.osi)
    .attr('data-filter', (mark) => `frame.number == ${mark.number}`)
    .attr('data-carries', (mark) => mark.carries)
    .attr('aria-label', (mark) => mark.name)
  const line = (mark: ArrowMark) => `M${mark.x1},${mark.y1}L${mark.x2},${mark.y2}`
  marks.select('.compare__hit').attr('d', line)
  marks.select('.compare__shaft').attr('d', line)
  marks.select('.compare__tip').attr('d', (mark) => {
    const sign = mark.fromClient ? 1 : -1
    return `M${mark.x2},${mark.y2}l-3.2,${-sign * 6}h5.4z`
  })
  marks
    .select('.compare__carried')
    .attr('cx', (mark) => (mark.x1 + mark.x2) / 2)
    .attr('cy', (mark) => (mark.y1 + mark.y2) / 2)

  const nodes = marks.nodes()
  const stop = Math.max(
    0,
    nodes.findIndex((node) => node.getAttribute('tabindex') === '0'),
  )
  marks
    .attr('tabindex', (_, i) => (i === stop ? 0 : -1))
    .on('click', (_event, mark) => onSelect(mark.number))
    .on('keydown', function (event: KeyboardEvent, mark) {
      const at = nodes.indexOf(this)
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: nodes.length - 1 }[event.key]
      if (event.key === 'Enter' || event.key === ' ') onSelect(mark.number)
      else if (to === undefined) return
      else {
        const next = nodes[Math.min(nodes.length - 1, Math.max(0, to))]
        marks.attr('tabindex', -1)
        next?.setAttribute('tabindex', '0')
        next?.focus()
      }
      event.preventDefault()
      event.stopPropagation()
    })
}

export function drawCompareBar(element: SVGSVGElement, row: CompareRow, width: number, total: string): void {
  const svg = select(element)
    .attr('viewBox', `0 0 ${width} ${BAR_HEIGHT}`)
    .attr('width', width)
    .attr('height', BAR_HEIGHT)
  const parts = svg
    .selectAll<SVGGElement, CompareRow['bar'][number]>('g.compare__part')
    .data(row.bar, (part) => part.part)
    .join((enter) => {
      const part = enter.append('g').attr('class', (d) => `compare__part compare__part--${d.part}`)
      part
        .append('rect')
        .attr('class', 'compare__bytes')
        .attr('y', (d) => (d.part === 'payload' ? 0 : 3))
        .attr('height', (d) => (d.part === 'payload' ? BAR_HEIGHT : BAR_HEIGHT - 6))
      part
        .append('text')
        .attr('class', 'compare__number')
        .attr('y', BAR_HEIGHT / 2 + 4)
      return part
    })
    .attr('data-layer', (part) => part.osi)
  parts
    .select('rect')
    .attr('x', (part) => part.x)
    // A hairline of ground between the parts, but never so much that a part is lost.
    .attr('width', (part) => Math.max(part.part === 'payload' ? LEAST_PAYLOAD : 0.75, part.width - 1))
  parts
    .select('text')
    .attr('x', (part) => part.x + part.width / 2)
    .attr('text-anchor', 'middle')
    .text((part) => part.label)
  const last = row.bar.at(-1)
  svg
    .selectAll<SVGTextElement, string>('text.compare__total')
    .data(last === undefined ? [] : [total])
    .join('text')
    .attr('class', 'compare__total')
    .attr('x', (last?.x ?? 0) + Math.max(LEAST_PAYLOAD, last?.width ?? 0) + 8)
    .attr('y', BAR_HEIGHT / 2 + 4)
    .text((text) => text)
}
