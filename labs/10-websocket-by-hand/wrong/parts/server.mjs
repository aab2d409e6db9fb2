// A WebSocket server that does everything as it should, but for the ways that a program gives it.
import { createHash } from 'node:crypto'
import net from 'node:net'

export const TEXT = 1
export const CLOSE = 8
export const PONG = 10

/** A frame of the server's: whole, and not masked. */
export function frameOf(opcode, payload) {
  const { length } = payload
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), payload])
}

export const acceptOf = (key) => digestOf(key).digest('base64')
export const digestOf = (key) => createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)

const RIGHT = {
  accept: acceptOf,
  onMessage: (socket, payload) => socket.write(frameOf(TEXT, payload)),
  onPing: (socket, payload) => socket.write(frameOf(PONG, payload)),
  onClose: (socket, payload) => socket.end(frameOf(CLOSE, payload)),
  onUnmasked: (socket) => socket.end(frameOf(CLOSE, Buffer.from([1002 >> 8, 1002 & 0xff]))),
  /** Undefined: fragments are put together. */
  onFragment: undefined,
}

export function serve(ways) {
  const { accept, onMessage, onPing, onClose, onUnmasked, onFragment } = { ...RIGHT, ...ways }
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = Buffer.alloc(0)
    let message = Buffer.alloc(0)
    let isUpgraded = false
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      if (!isUpgraded) {
        const end = bytes.indexOf('\r\n\r\n')
        if (end < 0) return
        const key = /^sec-websocket-key: (.*)\r$/im.exec(bytes.toString('latin1', 0, end + 2))?.[1]
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept(key)}\r\n\r\n`,
        )
        bytes = bytes.subarray(end + 4)
        isUpgraded = true
      }
      for (let frame = firstFrame(bytes); frame && socket.writable; frame = firstFrame(bytes)) {
        bytes = bytes.subarray(frame.end)
        const { isFinal, opcode, isMasked, payload } = frame
        if (!isMasked) onUnmasked(socket, payload)
        else if (opcode === 8) onClose(socket, payload)
        else if (opcode === 9) onPing(socket, payload)
        else if (onFragment && !(isFinal && opcode === TEXT)) onFragment(socket, payload)
        else {
          message = Buffer.concat([message, payload])
          if (!isFinal) continue
          onMessage(socket, message, frame)
          message = Buffer.alloc(0)
        }
      }
    })
    socket.on('end', () => socket.end()).on('error', () => undefined)
  })
  server.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
}

function firstFrame(bytes) {
  if (bytes.length < 2) return undefined
  const isLong = (bytes[1] & 0x7f) === 126
  const isMasked = bytes[1] >= 0x80
  const at = 2 + (isLong ? 2 : 0) + (isMasked ? 4 : 0)
  if (bytes.length < at) return undefined
  const end = at + (isLong ? bytes.readUInt16BE(2) : bytes[1] & 0x7f)
  if (bytes.length < end) return undefined
  const key = isMasked ? bytes.subarray(at - 4, at) : Buffer.alloc(4)
  const masked = bytes.subarray(at, end)
  const payload = Buffer.from(masked.map((byte, i) => byte ^ key[i % 4]))
  return { isFinal: bytes[0] >= 0x80, opcode: bytes[0] & 0x0f, isMasked, payload, masked, end }
}
