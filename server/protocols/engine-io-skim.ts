/** Engine.IO without recording: messages that carry Socket.IO, its attachments, and heartbeats. */
import { PACKET_TYPES } from './engine-io-fields.ts'
import { confirm, type EngineLink, ping, pong } from './engine-session.ts'
import type { Mark, Skim } from './skim.ts'
import { type SocketIoTold, socketIo } from './socket-io.ts'
import { takeAttachment } from './socket-session.ts'
import { BINARY } from './websocket-frame.ts'

const PING = 2
const PONG = 3
const MESSAGE = 4

/** What a WebSocket tells. */
interface Told {
  readonly link: EngineLink
  readonly fromClient: boolean
  readonly message: { readonly opcode: number } | undefined
}

/** A request's parameters and a bare answer have no type. */
export const ENGINE_IO_PLACES = {
  type: (_: Skim, { kind }: Mark) => (kind > 0 ? kind - 1 : undefined),
} as const

export function skimEngineIo(s: Skim): boolean {
  const { link, fromClient, message } = s.told as Told
  const { session } = link
  if (s.at >= s.end || session === undefined) return false
  if (message?.opcode === BINARY) {
    const attachment = takeAttachment(session.socketIo, fromClient ? 'in' : 'out', s.number)
    if (attachment === undefined) return false
    s.remember(attachment)
    s.tell(1 + MESSAGE)
    s.told = { session, fromClient, attachment } satisfies SocketIoTold
    return s.enter(socketIo)
  }
  const type = (s.bytes[s.at] ?? 0) - 0x30
  s.tell(1 + type)
  if (type === MESSAGE) {
    if (!fromClient) confirm(session, s.number)
    s.remember({ session, pair: undefined })
    s.told = { session, fromClient } satisfies SocketIoTold
    s.at++
    return s.enter(socketIo)
  }
  // A probe is one of these with a payload.
  if ((type !== PING && type !== PONG) || s.end - s.at !== 1) return false
  if (!fromClient) confirm(session, s.number)
  const at = { frame: s.number, time: s.time }
  const asks = type === PING && !fromClient
  const answers = type === PONG && fromClient
  s.remember({ session, pair: asks ? ping(session, at) : answers ? pong(session, at) : undefined })
  if (s.speak()) {
    s.info.ascii('Engine.IO ')
    s.info.ascii(PACKET_TYPES[type])
    s.info.ascii(type === PING ? ' 2' : ' 3')
  }
  return true
}
