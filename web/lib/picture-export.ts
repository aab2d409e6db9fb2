/**
 * A picture of the page as a file that stands alone: its look as presentation attributes, which every program that reads
 * SVG understands, the theme's ground behind it, a heading over it, and the faces it is set in.
 */

import { isUnseen, type Look, pngScale, presentation, wrapWords } from './picture-look.ts'

export interface PictureWords {
  title: string
  /** One sentence under the title; empty for none. */
  description: string
}

const SVG = 'http://www.w3.org/2000/svg'
const MARGIN = 16
const TITLE_LINE = 22
const LINE = 17
/** How wide a letter of the description is, about. */
const LETTER = 6

export interface Picture {
  text: string
  width: number
  height: number
}

/** The picture as the text of an SVG file. One that is not on the page is put into `place` for as long as its look is read. */
export async function standalone(
  picture: SVGSVGElement,
  words: PictureWords,
  place: Element,
): Promise<Picture> {
  const away = !picture.isConnected
  if (away) {
    picture.style.position = 'absolute'
    picture.style.visibility = 'hidden'
    place.append(picture)
  }
  try {
    const faces = new Set<string>()
    const [width, height] = sizeOf(picture)
    const inner = copyOf(picture, null, faces, away) ?? document.createElementNS(SVG, 'svg')
    const ground = getComputedStyle(document.documentElement)
    const ink = plainColour(ground.getPropertyValue('--text-1'))
    const quiet = plainColour(ground.getPropertyValue('--text-2'))
    const lines = wrapWords(words.description, Math.floor(width / LETTER))
    const headHeight = TITLE_LINE + lines.length * LINE + MARGIN / 2
    const whole = { width: width + 2 * MARGIN, height: height + headHeight + 2 * MARGIN }

    const root = make('svg', {
      width: whole.width,
      height: whole.height,
      viewBox: `0 0 ${whole.width} ${whole.height}`,
      role: 'img',
      'aria-labelledby': 'title description',
    })
    root.append(
      make('title', { id: 'title' }, words.title),
      make('desc', { id: 'description' }, words.description),
      make('style', {}, await faceRules(faces)),
      make('rect', {
        width: '100%',
        height: '100%',
        fill: plainColour(ground.getPropertyValue('--surface-0')),
      }),
    )
    const sans = getComputedStyle(document.body).fontFamily
    const head = make('g', { 'font-family': sans, transform: `translate(${MARGIN} ${MARGIN})` })
    head.append(make('text', { y: 14, fill: ink, 'font-size': 15, 'font-weight': 600 }, words.title))
    lines.forEach((line, index) => {
      head.append(make('text', { y: TITLE_LINE + 10 + index * LINE, fill: quiet, 'font-size': 12 }, line))
    })
    for (const [name, value] of Object.entries({ x: MARGIN, y: MARGIN + headHeight, width, height })) {
      inner.setAttribute(name, String(value))
    }
    root.append(head, inner)
    return { text: new XMLSerializer().serializeToString(root), ...whole }
  } finally {
    if (away) picture.remove()
  }
}

/** The picture in pixels, two for each of its units where a canvas can hold that. */
export async function asPng({ text, width, height }: Picture): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const scale = pngScale(width, height)
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
    return await new Promise((resolve, reject) => {
      canvas.toBlob((blob) =>
        blob === null ? reject(new Error('the canvas holds no picture')) : resolve(blob),
      )
    })
  } finally {
    URL.revokeObjectURL(url)
  }
}

function make(tag: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  if (text !== '') element.textContent = text
  return element
}

function sizeOf(picture: SVGSVGElement): [width: number, height: number] {
  const box = picture.viewBox.baseVal
  if (box !== null && box.width > 0 && box.height > 0) return [box.width, box.height]
  const { width, height } = picture.getBoundingClientRect()
  return [Math.ceil(width), Math.ceil(height)]
}

/** What belongs to the page and not to the picture. */
const OF_THE_PAGE = /^(class|style|tabindex|role|on|aria-|data-)/

/** A copy with its look written down; null for what nobody sees. `shown`: it hides only while it is read. */
function copyOf(from: Element, parent: Look | null, faces: Set<string>, shown: boolean): SVGElement | null {
  const style = getComputedStyle(from)
  const own: Look = (property) => {
    if (property === 'visibility' && shown) return 'visible'
    const value = style.getPropertyValue(property)
    return property === 'fill' || property === 'stroke' ? plainColour(value) : value
  }
  const shape = from.tagName !== 'g' && from.tagName !== 'svg' && from.children.length === 0
  if (own('display') === 'none' || (shape && from instanceof SVGGraphicsElement && isUnseen(own))) return null
  const copy = document.createElementNS(SVG, from.tagName)
  for (const { name, value } of from.attributes) {
    if (!OF_THE_PAGE.test(name)) copy.setAttribute(name, value)
  }
  if (from instanceof SVGGraphicsElement) {
    for (const [name, value] of presentation(from.tagName, own, parent)) copy.setAttribute(name, value)
    const moved = style.transform
    if (moved !== 'none' && !from.hasAttribute('transform')) copy.setAttribute('transform', moved)
    if (from instanceof SVGTextContentElement)
      faces.add(`${firstFamily(style.fontFamily)} ${style.fontWeight}`)
  }
  for (const child of from.childNodes) {
    if (child instanceof Element) {
      const inner = copyOf(child, own, faces, shown)
      if (inner !== null) copy.append(inner)
    } else if (child.nodeType === Node.TEXT_NODE) copy.append(child.cloneNode())
  }
  return copy
}

const painted = new Map<string, string>()
let pixel: CanvasRenderingContext2D | null = null

/** `#rrggbb`, or `rgba()` where one sees through: what a colour is, whatever space it was mixed in. */
function plainColour(colour: string): string {
  if (colour === '' || colour === 'none' || colour.startsWith('url(')) return colour
  const known = painted.get(colour)
  if (known !== undefined) return known
  pixel ??= new OffscreenCanvas(1, 1).getContext('2d', {
    willReadFrequently: true,
  }) as unknown as CanvasRenderingContext2D
  pixel.clearRect(0, 0, 1, 1)
  pixel.fillStyle = colour
  pixel.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data
  const hex = [red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')
  const plain =
    alpha === 255 ? `#${hex}` : `rgba(${red}, ${green}, ${blue}, ${Number((alpha / 255).toFixed(3))})`
  painted.set(colour, plain)
  return plain
}

function firstFamily(families: string): string {
  return (families.split(',')[0] ?? '').trim().replaceAll('"', '')
}

/** The page's own faces that the picture is set in, with their bytes: elsewhere nobody has them installed. */
async function faceRules(wanted: ReadonlySet<string>): Promise<string> {
  const rules: Promise<string>[] = []
  for (const sheet of document.styleSheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSFontFaceRule)) continue
      const family = firstFamily(rule.style.getPropertyValue('font-family'))
      const weight = rule.style.getPropertyValue('font-weight')
      const url = /url\("?([^")]+\.woff2|data:font\/woff2[^")]+)"?\)/.exec(
        rule.style.getPropertyValue('src'),
      )?.[1]
      if (url === undefined || !wanted.has(`${family} ${weight}`)) continue
      rules.push(
        asDataUrl(new URL(url, sheet.href ?? location.href)).then(
          (data) =>
            `@font-face{font-family:"${family}";font-weight:${weight};src:url(${data}) format("woff2")}`,
        ),
      )
    }
  }
  return (await Promise.all(rules)).join('\n')
}

async function asDataUrl(url: URL): Promise<string> {
  const bytes = await (await fetch(url)).blob()
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(bytes)
  })
}
