/** How a picture's look is written down as presentation attributes, and what of it nobody sees. */

/** A computed style by its property's name. */
export type Look = (property: string) => string

/** What children take over from their parent: written where it changes. */
const INHERITED = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'stroke-dashoffset',
  'stroke-linecap',
  'stroke-linejoin',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'font-style',
  'letter-spacing',
  'text-anchor',
  'dominant-baseline',
  'visibility',
] as const

/** What each element has of its own, and the value that needs no writing. */
const OWN: Readonly<Record<string, string>> = {
  opacity: '1',
  'vector-effect': 'none',
  'clip-path': 'none',
  mask: 'none',
  'text-decoration-line': 'none',
}

/** Sizes that styles may give as well as attributes, by the element that has them. */
const GEOMETRY: Readonly<Record<string, readonly string[]>> = {
  circle: ['r'],
  rect: ['rx'],
}

/** An element's look as attributes. `parent` is null for the picture itself, which has to say all. */
export function presentation(tag: string, own: Look, parent: Look | null): [name: string, value: string][] {
  const out: [string, string][] = []
  for (const name of INHERITED) {
    const value = own(name)
    if (value !== '' && value !== parent?.(name)) out.push([name, value])
  }
  for (const [name, usual] of Object.entries(OWN)) {
    const value = own(name)
    if (value !== '' && value !== usual) out.push([name.replace('-line', ''), value])
  }
  for (const name of GEOMETRY[tag] ?? []) {
    const value = own(name)
    if (value !== '' && value !== 'auto') out.push([name, value.replace(/px$/, '')])
  }
  return out
}

/** Whether it is there only for the pointer: nobody sees it. */
export function isUnseen(own: Look): boolean {
  if (own('display') === 'none') return true
  const painted = (colour: string) =>
    colour !== 'none' && colour !== 'transparent' && !/[,/] ?0\)$/.test(colour)
  return !painted(own('fill')) && !painted(own('stroke'))
}

/** Words in lines of so many characters at most; a longer word has a line to itself. */
export function wrapWords(text: string, most: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= most)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Canvases are cut off beyond this, by one edge or by all pixels. */
const MOST_EDGE = 16_384
const MOST_PIXELS = 120e6

/** Pixels a unit: two, or what a canvas can still hold. */
export function pngScale(width: number, height: number): number {
  return Math.min(
    2,
    MOST_EDGE / Math.max(width, height, 1),
    Math.sqrt(MOST_PIXELS / Math.max(width * height, 1)),
  )
}
