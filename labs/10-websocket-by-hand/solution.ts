// Lab 10: WebSocket by hand, solved.
import { createHash } from 'node:crypto'
import net from 'node:net'

const CONTINUATION = 0
const TEXT = 1
const CLOSE = 8
const PING = 9
const PONG = 10
const PROTOCOL_ERROR = Buffer.from([1002 >> 8, 1002 & 0xff])

// Step 1: what the client wants to hear, and nobody says by accident.
function answerTo(head = '') {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1]
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n')
}

// A frame of ours: whole (FIN), and never masked. Up to 65,535 bytes will do here.
function frameOf(opcode = TEXT, payload = Buffer.alloc(0)) {
  const { length } = payload
  const size = length < 126 ? [length] : [126, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([0x80 | opcode, ...size]), payload])
}

// The first frame in these bytes; undefined as long as it is not whole.
function firstFrame(bytes = Buffer.alloc(0)) {
  if (bytes.length < 2) return undefined
  const isFinal = (bytes.readUInt8(0) & 0x80) !== 0
  const opcode = bytes.readUInt8(0) & 0x0f
  const isMasked = (bytes.readUInt8(1) & 0x80) !== 0
  let length = bytes.readUInt8(1) & 0x7f
  let at = 2
  if (length === 126) {
    if (bytes.length < 4) return undefined
    length = bytes.readUInt16BE(2)
    at = 4
  }
  const key = isMasked ? bytes.subarray(at, at + 4) : Buffer.alloc(4)
  at += isMasked ? 4 : 0
  if (bytes.length < at + length) return undefined
  const payload = bytes.subarray(at, at + length).map((byte, i) => byte ^ key.readUInt8(i % 4))
  return { isFinal, opcode, isMasked, payload: Buffer.from(payload), end: at + length }
}

const server = net.createServer((socket) => {
  let bytes = Buffer.alloc(0)
  let isUpgraded = false
  let message = Buffer.alloc(0)

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
      if (!isMasked) {
        socket.end(frameOf(CLOSE, PROTOCOL_ERROR))
      } else if (opcode === CLOSE) {
        socket.end(frameOf(CLOSE, payload))
      } else if (opcode === PING) {
        socket.write(frameOf(PONG, payload))
      } else if (opcode === TEXT || opcode === CONTINUATION) {
        message = Buffer.concat([message, payload])
        if (!isFinal) continue
        console.log('message:', message.toString())
        socket.write(frameOf(TEXT, message))
        message = Buffer.alloc(0)
      }
    }
  })
  socket.on('error', (error) => console.log('error:', error.message))
})

server.listen(Number(process.env.WIRELAB_LISTEN_PORT), process.env.WIRELAB_HOST ?? '127.0.0.1')
