/**
 * Socket.IO v5 (socket.io/docs/v4/socket-io-protocol): named events with arguments, acknowledged if asked for, many
 * namespaces over one connection. Its text form is in socket-io-packet.ts.
 */
import { type Cursor, decodeText } from './cursor.ts'
import { type EngineIoSession, joinSocket, seconds } from './engine-session.ts'
import { expertMessage } from './expert.ts'
import { bytes, duration, frameReference, text, uint } from './field.ts'
import { json } from './json.ts'
import { type JsonNode, type JsonText, member, parseJson, stringOf } from './json-text.ts'
import type { Packet } from './packet.ts'
import { type NamedFields, protocol } from './protocol.ts'
import { PACKET_TYPES, parsePacket, type SocketIoText } from './socket-io-packet.ts'
import { SOCKET_IO_PLACES, skimSocketIo } from './socket-io-skim.ts'
import {
  type AckPair,
  type Attachments,
  askAck,
  type Direction,
  expectAttachments,
  giveAck,
  MAX_ATTACHMENTS,
  makeRecoverable,
} from './socket-session.ts'

/** What Engine.IO tells it. */
export interface SocketIoTold {
  readonly session: EngineIoSession | undefined
  readonly fromClient: boolean
  /** Set when the bytes are not a packet but a binary part of an earlier one. */
  readonly attachment?:
    | { readonly packet: number; readonly index: number; readonly count: number }
    | undefined
}

/** What is remembered of one packet. */
interface Remembered {
  readonly ack: AckPair | undefined
  readonly attachments: Attachments | undefined
  /** Whether the last argument is the offset to recover from. */
  readonly offset: boolean
}

const FIELDS = {
  type: uint('Type', {
    values: PACKET_TYPES,
    about:
      'What the packet is: an event, an answer to one, or the coming and going of a socket in a namespace.',
  }),
  attachments: uint('Attachments', {
    about:
      'How many binary messages follow: JSON has no bytes, so they travel apart, and placeholders stand for them.',
  }),
  nsp: text('Namespace', {
    about:
      'Which of the conversations over this one connection is meant; left out on the wire when it is "/".',
  }),
  ack_id: uint('Ack id', {
    about:
      'Chosen by the sender, who wants an answer: the ACK repeats it. Its digits follow the type with nothing between.',
  }),
  event: text('Event', {
    about: 'The name given to emit(): listeners of that name on the other side are called.',
  }),
  args: text('Arguments', {
    about: 'What was given to emit() behind the name, or to the ack callback, as JSON.',
  }),
  sid: text('Socket id', {
    about:
      "The socket's id in this namespace. It is not the Engine.IO session's: it is shown to others, and grants nothing.",
  }),
  pid: text('Private id', {
    about:
      'A secret between the two, with which a client that comes back can ask to be the same socket again (recovery).',
  }),
  offset: text('Offset', {
    about: 'Marks the event: a client that comes back names the last one it got, and is sent what it missed.',
  }),
  'error.message': text('Error message', {
    about: 'Why the server does not let the socket into the namespace.',
  }),
  ack_in: frameReference('Acknowledged in', { about: 'The packet with the answer to this event.' }),
  ack_to: frameReference('Acknowledges', { about: 'The packet with the event that this answers.' }),
  ack_time: duration('Time to acknowledge', {
    about: 'From the event to its ack: the network both ways, and the handler.',
  }),
  'placeholder.frame': frameReference('Attachment travels in', {
    about: 'Where the bytes are that a placeholder stands for.',
  }),
  attachment: bytes('Attachment', { about: 'The bytes that a placeholder of an earlier packet stands for.' }),
  'attachment.number': uint('Attachment number', {
    about: 'The num of its placeholder: they come in order.',
  }),
  'attachment.of': frameReference('Attachment of', {
    about: 'The packet whose placeholder these bytes belong to.',
  }),
  '=_ws.expert.message': expertMessage,
}
type Fields = NamedFields<typeof FIELDS>

export const socketIo = protocol({
  id: 'socketio',
  name: 'Socket.IO',
  short: 'Socket.IO',
  osi: 7,
  unit: 'event',
  spec: 'Socket.IO protocol v5',
  about: 'Calls a named handler in another program: events with arguments, and an answer if one is wanted.',
  fields: FIELDS,
  dissect(c, f) {
    const told = c.told as SocketIoTold | undefined
    if (told?.attachment !== undefined) return dissectAttachment(c, f, told.attachment)
    const packet = parsePacket(c.bytes, c.pos, c.end)
    if (packet === undefined)
      return c.fail('Type', 'expected <type>[<attachments>-][<namespace>,][<ack id>][JSON]')
    const content = c.worded || packet.type === CONNECT ? parseJson(c.bytes, packet.json, c.end) : EMPTY
    const kept = c.remember(() => record(c, packet, content, told))
    const words = c.worded ? show(c, f, packet, content, kept) : ''
    c.pos = packet.json
    c.info(`Socket.IO ${words}`)
    if (c.left > 0) c.carry(json)
    return undefined
  },
  wordy: true,
  places: SOCKET_IO_PLACES,
  skim: skimSocketIo,
})

const CONNECT = 0
const EMPTY: JsonText = { root: undefined, problem: undefined, end: 0 }
const NOTHING: Remembered = { ack: undefined, attachments: undefined, offset: false }

/** The only place where the session changes. */
function record(
  c: Cursor,
  packet: SocketIoText,
  content: JsonText,
  told: SocketIoTold | undefined,
): Remembered {
  const session = told?.session
  if (session === undefined) return NOTHING
  const fromClient = told?.fromClient === true
  const nsp = packet.nsp?.value ?? '/'
  if (packet.type === CONNECT) {
    const sid = stringOf(c.bytes, member(content.root, 'sid'))
    if (sid !== undefined && !fromClient) joinSocket(session, nsp, sid, c.packet.number)
    // Of either side: to a client that comes back, what it missed is sent before the answer to its CONNECT.
    if (stringOf(c.bytes, member(content.root, 'pid')) !== undefined) makeRecoverable(session.socketIo, nsp)
  }
  const { type, ackId, attachments } = packet
  const { bytes, pos, end } = c
  const [id, count] = [ackId?.value, attachments?.value]
  return recordPacket(c.packet, bytes, pos, end, session, fromClient, type, nsp, id, count)
}

/** Counts a packet of any type, whose text stands there in `bytes`, in its session, and pairs it with the one that it answers. */
export function recordPacket(
  packet: Pick<Packet, 'number' | 'time' | 'flow' | 'surroundings'>,
  bytes: Uint8Array,
  start: number,
  end: number,
  session: EngineIoSession,
  fromClient: boolean,
  type: number,
  nsp: string,
  id: string | number | undefined,
  count: number | undefined,
): Remembered {
  const direction: Direction = fromClient ? 'in' : 'out'
  const state = session.socketIo
  const { number: frame } = packet
  const { counts } = session
  const index = fromClient ? counts.in++ : counts.out++
  const { conversations } = packet.surroundings
  if (session.fromStart) conversations.socketIoPacket?.(session.sid, direction, index, frame)
  conversations.socketIoText?.({
    session,
    fromClient,
    index: session.fromStart ? index : null,
    frame,
    time: packet.time,
    flow: packet.flow,
    bytes,
    start,
    end,
  })
  const event = type === 2 || type === 5
  let ack: AckPair | undefined
  if (id !== undefined && event) ack = askAck(state, direction, nsp, id, { frame, time: packet.time })
  else if (id !== undefined) ack = giveAck(state, direction, nsp, id, { frame, time: packet.time })
  const attachments = count === undefined ? undefined : expectAttachments(state, direction, count, frame)
  // As the client takes it: it can't tell an offset from a last argument that is a string either.
  const offset = type === 2 && direction === 'out' && id === undefined && state.recoverable.has(nsp)
  return ack === undefined && attachments === undefined && !offset ? NOTHING : { ack, attachments, offset }
}

/** Records the fields; returns the words for the info column. */
function show(c: Cursor, f: Fields, packet: SocketIoText, content: JsonText, kept: Remembered): string {
  const { type, attachments, nsp, ackId } = packet
  const start = c.pos
  c.put(f.type, type, start, start + 1)
  if (attachments !== undefined) {
    c.put(f.attachments, attachments.value, attachments.start, attachments.end)
    if (attachments.value > MAX_ATTACHMENTS) {
      c.put(
        f['=_ws.expert.message'],
        `Attachments: expected at most ${MAX_ATTACHMENTS}, found ${attachments.value}`,
      )
    }
  }
  if (nsp === undefined) c.put(f.nsp, '/', start + 1)
  else c.put(f.nsp, nsp.value, nsp.start, nsp.end)
  if (ackId !== undefined) c.put(f.ack_id, Number(ackId.value), ackId.start, ackId.end)
  const words: string[] = [PACKET_TYPES[type as keyof typeof PACKET_TYPES]]
  if (nsp !== undefined) words.push(nsp.value)
  c.pos = packet.json
  const more = SHOW[type]?.(c, f, content, kept)
  if (more !== undefined) words.push(more)
  if (ackId !== undefined) words.push(type === 3 || type === 6 ? ackId.value : `ack ${ackId.value}`)
  showAck(c, f, packet, kept.ack)
  for (const frame of kept.attachments?.frames ?? []) c.put(f['placeholder.frame'], frame)
  return words.join(' ')
}

type Show = (c: Cursor, f: Fields, content: JsonText, kept: Remembered) => string | undefined

const SHOW: Readonly<Record<number, Show>> = {
  0: showConnect,
  2: showEvent,
  3: showArguments,
  4: showError,
  5: showEvent,
  6: showArguments,
}

function showConnect(c: Cursor, f: Fields, { root }: JsonText): undefined {
  for (const name of ['sid', 'pid', 'offset'] as const) putString(c, f, name, root, name)
}

function showError(c: Cursor, f: Fields, { root }: JsonText): string | undefined {
  const message = putString(c, f, 'error.message', root, 'message')
  return message === undefined ? undefined : JSON.stringify(message)
}

function showEvent(c: Cursor, f: Fields, { root, problem }: JsonText, kept: Remembered): string | undefined {
  const [name, ...args] = root?.kind === 'array' ? root.children : []
  const last = args.at(-1)
  const event = name?.kind === 'number' ? sourceOf(c, name) : stringOf(c.bytes, name)
  if (root === undefined || name === undefined || event === undefined) {
    c.put(f['=_ws.expert.message'], 'Event: expected a JSON array that begins with its name', c.pos, c.end)
    return undefined
  }
  c.put(f.event, event, name.start, name.end)
  const [first] = args
  // The text of the arguments as they were sent, without the name.
  const from = first?.start ?? name.end
  const to = problem === undefined ? root.end - 1 : (last?.end ?? from)
  c.put(f.args, `[${decodeText(c.bytes.subarray(from, Math.max(from, to)))}]`, from, to)
  const offset = kept.offset ? stringOf(c.bytes, last) : undefined
  if (offset !== undefined && last !== undefined) c.put(f.offset, offset, last.start, last.end)
  return JSON.stringify(event)
}

function sourceOf(c: Cursor, { start, end }: JsonNode): string {
  return decodeText(c.bytes.subarray(start, end))
}

function showArguments(c: Cursor, f: Fields, { root }: JsonText): undefined {
  if (root !== undefined)
    c.put(f.args, decodeText(c.bytes.subarray(root.start, root.end)), root.start, root.end)
}

function putString(
  c: Cursor,
  f: Fields,
  field: 'sid' | 'pid' | 'offset' | 'error.message',
  root: JsonText['root'],
  name: string,
) {
  const node = member(root, name)
  const value = stringOf(c.bytes, node)
  if (node !== undefined && value !== undefined) c.put(f[field], value, node.start, node.end)
  return value
}

function showAck(c: Cursor, f: Fields, { type }: SocketIoText, pair: AckPair | undefined): void {
  if (pair === undefined || pair.ack === null || pair.ackTime === null) return
  if (type === 2 || type === 5) {
    c.put(f.ack_in, pair.ack)
    return
  }
  c.put(f.ack_to, pair.event)
  c.put(f.ack_time, seconds(pair.eventTime, pair.ackTime))
}

function dissectAttachment(c: Cursor, f: Fields, of: NonNullable<SocketIoTold['attachment']>): undefined {
  c.put(f['attachment.of'], of.packet)
  c.put(f['attachment.number'], of.index)
  const { length } = c.takeBytes(f.attachment, c.left)
  c.info(`Socket.IO attachment ${of.index + 1} of ${of.count}, ${length} bytes`)
}
