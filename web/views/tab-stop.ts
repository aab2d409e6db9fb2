/** A picture's marks as one tab stop: the keys move inside it, and it goes along with the focus. */
import type { BaseType, Selection } from 'd3-selection'

/** The stop is where the focus was last, else the mark at `otherwise`. */
export function oneTabStop<Mark extends SVGElement, Datum, Parent extends BaseType, ParentDatum>(
  marks: Selection<Mark, Datum, Parent, ParentDatum>,
  otherwise: number,
): void {
  const nodes = marks.nodes()
  const here = nodes.findIndex((node) => node.dataset.stop === 'here')
  const stop = here < 0 ? otherwise : here
  marks
    .attr('tabindex', (_, index) => (index === stop ? 0 : -1))
    .on('focus', function () {
      for (const node of nodes) {
        delete node.dataset.stop
        node.setAttribute('tabindex', '-1')
      }
      this.dataset.stop = 'here'
      this.setAttribute('tabindex', '0')
    })
}
