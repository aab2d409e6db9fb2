// Lab 10: WebSocket by hand. Runs as it is; the wire shows what is missing.
import { createHash } from 'node:crypto'
import net from 'node:net'

const TEXT = 1
const CLOSE = 8
const PING = 9

// What the client wants to hear, and nobody says by accident.
function answerTo(head = '') {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1]
  // TODO (step 1): the SHA-1 of the key and the GUID 258EAFA5-E914-47DA-95CA-C5AB0DC85B11, in base64.
  const accept = createHash('sha1').update(`${key}`).digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n')
}

// A frame of ours: whole (FIN), and never masked.
function frameOf(opcode = TEXT, payload = Buffer.alloc(0)) {
  // TODO (step 6): from 126 bytes on the length is written as 126 and 16 bits.
  return Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])
}

// The first frame in these bytes; undefined as long as it is not whole.
function firstFrame(bytes = Buffer.alloc(0)) {
  if (bytes.length < 2) return undefined
  const isFinal = (bytes.readUInt8(0) & 0x80) !== 0
  const opcode = bytes.readUInt8(0) & 0x0f
  const isMasked = (bytes.readUInt8(1) & 0x80) !== 0
  const length = bytes.readUInt8(1) & 0x7f
  // TODO (step 6): where it is 126, the next two bytes are the length, and all that follows stands two bytes later.
  const at = isMasked ? 6 : 2
  if (bytes.length < at + length) return undefined
  const payload = bytes.subarray(at, at + length)
  // TODO (step 3): where it is masked, the four bytes before the payload are the key: unmask it.
  return { isFinal, opcode, isMasked, payload, end: at + length }
}

const server = net.createServer((socket) => {
  let bytes = Buffer.alloc(0)
  let isUpgraded = false

  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    if (!isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.write(answerTo(bytes.toString('latin1', 0, end + 2)))
      bytes = bytes.subarray(end + 4)
      isUpgraded = true
    }
    // A chunk may hold half a frame, or three.
    for (let frame = firstFrame(bytes); frame && socket.writable; frame = firstFrame(bytes)) {
      bytes = bytes.subarray(frame.end)
      const { isFinal, opcode, isMasked, payload } = frame
      console.log({ isFinal, opcode, isMasked, text: payload.toString() })
      // TODO (step 9): a client that does not mask gets a close frame with the code 1002, and is ended.
      if (opcode === TEXT) {
        // TODO (step 8): where it is not final, wait for the rest: it comes in frames with opcode 0, CONTINUATION.
        socket.write(frameOf(TEXT, payload))
      } else if (opcode === PING) {
        // TODO (step 7): a pong, opcode 10, with the same payload.
      } else if (opcode === CLOSE) {
        // TODO (step 10): a close frame with the same payload, then end.
      }
    }
  })
  socket.on('error', (error) => console.log('error:', error.message))
})

server.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
