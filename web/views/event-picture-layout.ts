/**
 * One event as a picture: the socket that emitted it on the left, the hub in the middle, and on the right those whom it
 * reached or might have, in their room. A client's event has what the hub made of it beside it.
 */
import type { SocketNode } from '../../server/dashboard/api-events.ts'
import type { Answer, Emission } from '../lib/emissions.ts'
import { formatInterval, plural } from '../lib/format.ts'
import { ARRIVED, aimOf, deliveryTo, type Heard, heardBy, isForOne, isThere } from '../lib/who-heard.ts'

export interface PictureReceiver {
  readonly key: string
  readonly socket: string
  readonly heard: Heard
  readonly x: number
  readonly y: number
  readonly label: string
  readonly words: string
  /** Null where there is none, or none is known. */
  readonly packet: number | null
  /** The way from the hub to it; empty where nothing went. */
  readonly link: string
  /** Accessible name. */
  readonly name: string
}

export interface PictureGroup {
  readonly key: string
  readonly heading: string
  readonly headingY: number
  /** The emission that was chosen, among others of the same event. */
  readonly chosen: boolean
  /** The room, or the namespace; null where it was for one socket alone. */
  readonly hull: {
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
    readonly name: string
  } | null
  readonly receivers: readonly PictureReceiver[]
  /** `and 988 more: 987 delivered, 1 left out`; empty where all are drawn. */
  readonly more: string
  readonly moreY: number
}

export interface PictureArrow {
  readonly path: string
  readonly label: string
  readonly under: string
  readonly x: number
  readonly y: number
  readonly packet: number | null
  readonly state: 'seen' | 'awaited'
}

export interface EventPicture {
  readonly width: number
  readonly height: number
  readonly sender: {
    readonly x: number
    readonly y: number
    readonly label: string
    readonly port: string
  } | null
  readonly hub: {
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
    readonly label: string
    readonly heard: string
    /** Nobody listens. */
    readonly unheard: boolean
  }
  readonly ask: PictureArrow | null
  readonly answer: PictureArrow | null
  readonly groups: readonly PictureGroup[]
  /** Under the picture: attachments, volatile, who could not be told of. */
  readonly notes: readonly string[]
  /** A sentence for readers that hear the page. */
  readonly summary: string
}

const ROW = 24
const HEADING = 22
const GAP = 26
const TOP = 6
/** Under the last room is its name. */
const BOTTOM = 20
const LEAST_HEIGHT = 132
/** Receivers that a group draws, and groups. */
const MOST_RECEIVERS = 9
const MOST_GROUPS = 4
const HUB_HEIGHT = 44
/** About the width of one in the name of the hub. */
const LETTER = 7
/** Below this there is less room between sender, hub and receivers. */
const ROOMY = 520

/** What is drawn first. */
const ORDER: readonly Heard[] = [
  'acked',
  'delivered',
  'going',
  'untold',
  'left-out',
  'not-in-room',
  'nothing',
]

export function layoutEvent(
  chosen: Emission,
  sockets: readonly SocketNode[],
  size: { readonly width: number },
): EventPicture {
  const width = Math.max(320, size.width)
  const root = chosen.from === 'client' ? chosen : (chosen.cause ?? chosen)
  const effects = root.from === 'client' ? root.effects : [root]
  const shown = effects.slice(0, MOST_GROUPS)
  const roomy = width >= ROOMY
  const label = root.nsp === '/' ? root.service : root.nsp
  // An address and port is longer than a service's name.
  const hubWidth = Math.max(roomy ? 92 : 68, root.wire ? label.length * LETTER + 16 : 0)
  const alone = root.from === 'hub'
  const receiverX = Math.round(Math.max(width * 0.45, width - (roomy ? 300 : 176)))
  const senderX = roomy ? 48 : 28
  const hubX = Math.round(alone ? receiverX * 0.42 : (senderX + receiverX) / 2 + (roomy ? 24 : 18))

  let y = TOP
  const drafts = shown.map((emission) => {
    const draft = draftGroup(emission, sockets, y, roomy)
    y = draft.bottom + GAP
    return draft
  })
  const height = Math.max(LEAST_HEIGHT, y - GAP + BOTTOM)
  const middle = Math.round(height / 2)
  const from = { x: hubX + hubWidth / 2, y: middle }
  const groups = drafts.map(
    (draft): PictureGroup => ({
      ...draft,
      chosen: effects.length > 1 && draft.emission === chosen,
      hull: hullOf(draft, receiverX, width),
      receivers: draft.receivers.map((receiver) => ({
        ...receiver,
        x: receiverX,
        link: linkTo(receiver, from, receiverX - 12),
      })),
    }),
  )
  const senderNode = sockets.find(({ socket, nsp }) => socket === root.sender && nsp === root.nsp)
  const sender =
    root.from === 'hub'
      ? null
      : {
          x: senderX,
          y: middle,
          label: short(root.sender ?? '?'),
          port: portOf(senderNode),
        }
  return {
    width,
    height,
    sender,
    hub: {
      x: hubX,
      y: middle,
      width: hubWidth,
      height: HUB_HEIGHT,
      label,
      heard: heardAtHub(root),
      unheard: root.listeners === 0,
    },
    ask: sender === null ? null : askArrow(root, sender.x, hubX - hubWidth / 2, middle, roomy),
    answer: sender === null ? null : answerArrow(root.answer, hubX - hubWidth / 2, sender.x, middle, roomy),
    groups,
    notes: notesOf(root, effects, shown.length),
    summary: summaryOf(root, effects),
  }
}

type Draft = Omit<PictureGroup, 'hull' | 'chosen' | 'receivers'> & {
  readonly emission: Emission
  readonly top: number
  readonly bottom: number
  /** Where those in the room end. */
  readonly inside: number
  readonly receivers: readonly Omit<PictureReceiver, 'x' | 'link'>[]
}

function draftGroup(emission: Emission, sockets: readonly SocketNode[], y: number, roomy: boolean): Draft {
  const known = new Set(sockets.map(({ socket }) => socket))
  const heard = sockets
    .filter((socket) => isThere(socket, emission.id) || deliveryTo(emission, socket.socket) !== undefined)
    .map((socket) => ({ socket: socket.socket, port: portOf(socket), heard: heardBy(emission, socket) }))
  // One that is no longer remembered has got its packet all the same.
  for (const { socket, packet } of emission.deliveries) {
    if (!known.has(socket)) heard.push({ socket, port: '', heard: packet === null ? 'going' : 'delivered' })
  }
  const all = heard
    .filter((one) => ORDER.includes(one.heard))
    .sort((a, b) => ORDER.indexOf(a.heard) - ORDER.indexOf(b.heard))
  const drawn = all.length > MOST_RECEIVERS + 1 ? all.slice(0, MOST_RECEIVERS) : all
  const rest = all.slice(drawn.length)
  const first = y + HEADING + ROW / 2
  const receivers = drawn.map((one, i) => {
    const words = receiverWords(emission, one.socket, one.heard)
    const speaker = one.socket === emission.sender ? ', the speaker' : ''
    const label = roomy ? `${short(one.socket)}${one.port}` : short(one.socket)
    return {
      key: one.socket,
      socket: one.socket,
      heard: one.heard,
      y: first + i * ROW,
      label,
      words: `${words}${speaker}`,
      packet: deliveryTo(emission, one.socket)?.packet ?? null,
      name: `${short(one.socket)}${one.port}: ${words}${speaker}`,
    }
  })
  const inside = drawn.filter((one) => one.heard !== 'not-in-room').length
  const bottom = first + (drawn.length + (rest.length > 0 ? 1 : 0)) * ROW - ROW / 2
  return {
    key: String(emission.id),
    emission,
    heading: `${emission.event} → ${aimOf(emission)}`,
    headingY: y + 12,
    receivers,
    more: moreWords(rest.map((one) => one.heard)),
    moreY: first + drawn.length * ROW,
    top: y + HEADING,
    inside: first + inside * ROW - ROW / 2,
    bottom: Math.max(bottom, y + HEADING + ROW),
  }
}

function hullOf({ emission, top, inside, receivers, more, bottom }: Draft, x: number, width: number) {
  const { rooms, nsp } = emission
  if (rooms === null || isForOne(emission) || receivers.length === 0) return null
  const end = more === '' ? inside : bottom
  const names = rooms.map((room) => room.slice(0, 18)).join(', ')
  const name = rooms.length === 0 ? `namespace ${nsp}` : `${rooms.length === 1 ? 'room' : 'rooms'} ${names}`
  return { x: x - 16, y: top - 1, width: width - x + 16 - 6, height: Math.max(ROW, end - top + 2), name }
}

function linkTo(
  { heard, y }: Pick<PictureReceiver, 'heard' | 'y'>,
  from: { x: number; y: number },
  x: number,
) {
  if (heard === 'not-in-room' || heard === 'untold' || heard === 'nothing') return ''
  // One that was left out: the way stops before it.
  const end = heard === 'left-out' ? x - 10 : x
  const bend = (end - from.x) / 2
  return `M${from.x},${from.y}C${from.x + bend},${from.y} ${end - bend},${y} ${end},${y}`
}

function receiverWords(emission: Emission, socket: string, heard: Heard): string {
  const delivery = deliveryTo(emission, socket)
  switch (heard) {
    case 'acked':
      return `packet ${delivery?.packet ?? '?'}, answered after ${formatInterval(delivery?.answer?.seconds ?? 0)}`
    case 'delivered': {
      const after = delivery?.seconds == null ? '' : ` · ${formatInterval(delivery.seconds)}`
      return `packet ${delivery?.packet}${after}${delivery?.answer === null ? ', answer awaited' : ''}`
    }
    case 'going':
      return 'on the way'
    case 'left-out':
      return 'left out'
    case 'not-in-room':
      return 'not in the room'
    case 'nothing':
      return 'nothing went to it'
    default:
      return 'nothing told of its packet'
  }
}

function moreWords(rest: readonly Heard[]): string {
  if (rest.length === 0) return ''
  const parts = ORDER.flatMap((heard) => {
    const count = rest.filter((one) => one === heard).length
    const words = heard === 'nothing' ? 'got nothing' : heard.replaceAll('-', ' ')
    return count === 0 ? [] : [`${count} ${words}`]
  })
  return `and ${rest.length} more: ${parts.join(', ')}`
}

function askArrow(root: Emission, from: number, to: number, middle: number, roomy: boolean): PictureArrow {
  const y = middle - 9
  const seen = root.packet === null ? 'packet not seen yet' : `packet ${root.packet}`
  return {
    path: `M${from + 16},${y}H${to - 4}`,
    label: root.event,
    under: root.seconds === null || !roomy ? seen : `${seen} · ${formatInterval(root.seconds)}`,
    x: (from + to) / 2,
    y,
    packet: root.packet,
    state: root.packet === null ? 'awaited' : 'seen',
  }
}

function answerArrow(
  answer: Answer | null | undefined,
  from: number,
  to: number,
  middle: number,
  roomy: boolean,
): PictureArrow | null {
  if (answer === undefined) return null
  const y = middle + 14
  const at = answer?.packet ?? null
  return {
    path: `M${from},${y}H${to + 18}`,
    label: answer === null ? 'answer awaited' : 'answer',
    under:
      answer === null
        ? ''
        : `${at === null || !roomy ? '' : `packet ${at} · `}${formatInterval(answer.seconds)}`,
    x: (from + to) / 2,
    y,
    packet: at,
    state: answer === null ? 'awaited' : 'seen',
  }
}

function heardAtHub({ from, listeners, wire }: Emission): string {
  if (wire) return from === 'hub' ? '' : 'arrived'
  if (from === 'hub') return 'by itself'
  if (listeners === null) return ''
  return listeners === 0 ? 'no listener' : plural(listeners, 'listener')
}

function notesOf(root: Emission, effects: readonly Emission[], shown: number): string[] {
  const notes: string[] = []
  if (root.from === 'client' && root.listeners === 0) {
    notes.push(`Nobody at the hub listens for “${root.event}”: it arrived, and nothing happens.`)
  }
  if (effects.length > shown)
    notes.push(`The hub made ${effects.length} of it; the first ${shown} are drawn.`)
  const count = root.attachments + effects.reduce((sum, { attachments }) => sum + attachments, 0)
  if (count > 0) notes.push(`${plural(count, 'binary argument')} in messages of their own, right behind.`)
  if (effects.some((one) => one.volatile)) notes.push('Volatile: dropped where a client is not ready for it.')
  if (root.wire) {
    notes.push(
      root.from === 'hub'
        ? 'Seen on the wire: for which room it was, what made it and who listens, it can’t tell.'
        : `Seen on the wire: it ${ARRIVED}.`,
    )
  } else if (effects.some(({ deliveries }) => deliveries.length > 0)) {
    notes.push(
      'Delivered means that the packet was seen. Who listens in the client’s program, the wire can’t tell.',
    )
  } else if (root.from === 'client' && root.listeners !== 0 && root.answer === undefined) {
    notes.push('The hub heard it and emitted nothing.')
  }
  return notes
}

function summaryOf(root: Emission, effects: readonly Emission[]): string {
  const begin =
    root.from === 'hub'
      ? `${root.wire ? root.service : 'The hub'} emitted “${root.event}” to ${aimOf(root)}`
      : `Socket ${short(root.sender ?? '?')} emitted “${root.event}”${root.wire ? ` to ${root.service}` : `, ${heardAtHub(root) || 'to the hub'}`}`
  const made = root.from === 'hub' ? [] : effects.map((one) => `“${one.event}” to ${aimOf(one)}`)
  const answered = root.answer == null ? '' : `, answered after ${formatInterval(root.answer.seconds)}`
  return `${begin}${answered}${made.length === 0 ? '' : `; the hub then emitted ${made.join(' and ')}`}`
}

const short = (socket: string) => socket.slice(0, 4)
const portOf = (node: SocketNode | undefined) => (node?.remotePort == null ? '' : ` :${node.remotePort}`)
