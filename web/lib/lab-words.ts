/** A lab's text in its parts, and the packets and ports that words name. */

export interface LabText {
  /** To read before the steps: what one will do, and the idea. */
  readonly before: string
  /** Sections for some, such as `In Python`. */
  readonly aside: readonly { readonly title: string; readonly text: string }[]
  /** Questions, what to read next, and going further. */
  readonly after: string
}

const AFTER = /^(questions|what to read|going further)/i
const ASIDE = /^in \w+$/i

/** By its headings of the second rank, without its title, which stands above it already. */
export function labText(text: string): LabText {
  const [lead = '', ...sections] = text.replace(/^\s*# .*\n+/, '').split(/^(?=## )/m)
  const before = [lead.trim()]
  const after: string[] = []
  const aside: { title: string; text: string }[] = []
  for (const section of sections) {
    const title = /^## +(.*)/.exec(section)?.[1]?.trim() ?? ''
    if (ASIDE.test(title)) aside.push({ title, text: section.replace(/^## .*\n+/, '').trim() })
    else if (AFTER.test(title)) after.push(section.trim())
    else before.push(section.trim())
  }
  return { before: before.join('\n\n').trim(), aside, after: after.join('\n\n') }
}

/** `$TCP` as the run's port of that name; a name that the run has no port for stays. */
export function withPorts(text: string, ports: Readonly<Record<string, number>>): string {
  return text.replace(/\$([A-Z]+\d?)\b/g, (whole, name: string) => String(ports[name] ?? whole))
}

export interface PacketWords {
  readonly words: string
  /** The packet that these words name; null for all others. */
  readonly packet: number | null
}

const NAMED = /\bpackets? \d+(?:(?:, | and | to | or )\d+(?![\d.]))*/gi

/** `Packet 12 has RST set` in parts: the packet's words, and the rest. */
export function packetsIn(text: string): PacketWords[] {
  const parts: PacketWords[] = []
  const plain = (words: string) => words !== '' && parts.push({ words, packet: null })
  let at = 0
  for (const named of text.matchAll(NAMED)) {
    plain(text.slice(at, named.index))
    const several = named[0].match(/\d+/g)?.length !== 1
    if (several)
      named[0].split(/(\d+)/).forEach((words, i) => {
        if (i % 2 === 1) parts.push({ words, packet: Number(words) })
        else plain(words)
      })
    else parts.push({ words: named[0], packet: Number(/\d+/.exec(named[0])?.[0]) })
    at = named.index + named[0].length
  }
  plain(text.slice(at))
  return parts
}
