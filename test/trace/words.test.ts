import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../../server/dashboard/api.ts'
import { echo } from '../../server/protocols/echo.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, concat, SERVER, START_TIME, TcpConversation, tcpFrame, udpFrame, utf8 } from '../frames.ts'

function rows(frames: readonly Frame[]): Row[] {
  const trace = new Trace({
    decodeAs: [
      { table: 'tcp.port', port: SERVER.port, protocol: echo },
      { table: 'udp.port', port: SERVER.port, protocol: echo },
    ],
  })
  for (const frame of frames) trace.add(frame)
  return frames.map((_, i) => trace.row(i + 1)!)
}

test('an echo over TCP reads as a lesson: three to meet, four to talk, three to part', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  conversation.send('client', 'hello\n')
  conversation.ack('server')
  conversation.send('server', 'hello\n')
  conversation.ack('client')
  conversation.close()
  const said = rows(conversation.frames)
  assert.deepEqual(
    said.map(({ label, episode }) => [label, episode]),
    [
      ['SYN', 'handshake'],
      ['SYN ACK', 'handshake'],
      ['ACK', 'handshake'],
      ['"hello"', 'data'],
      ['ACK', 'data'],
      ['"hello"', 'data'],
      ['ACK', 'data'],
      ['FIN ACK', 'close'],
      ['FIN ACK', 'close'],
      ['ACK', 'close'],
    ],
  )
  assert.equal(said[0]?.says, 'The client asks to open a connection.')
  assert.equal(said[3]?.says, 'The client says "hello".')
  assert.equal(said[4]?.says, 'The server has everything up to byte 6.')
  assert.equal(said[5]?.says, 'The server sends the same bytes back: "hello".')
  assert.deepEqual([said[3]?.protocol, said[3]?.osi], ['Echo', 7])
})

test('a refused connection and an unreachable UDP port say that nobody listens there', () => {
  const refused = new TcpConversation()
  refused.segment('client', 'S')
  refused.reset('server')
  const [, reset] = rows(refused.frames)
  assert.deepEqual([reset?.label, reset?.episode], ['RST', 'refusal'])
  assert.equal(reset?.says, 'Nobody listens on port 4001: the connection is refused.')
})

test('what TCP had to send again says so', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const [sent] = conversation.send('client', 'hello')
  assert.ok(sent)
  const again = { ...sent, time: START_TIME + 300_000_000n }
  const row = rows([...conversation.frames, again])[4]
  assert.equal(row?.label, 'again: 5 bytes')
  assert.equal(row?.says, 'TCP sent it again: packet 4 was not acknowledged in time.')
  assert.deepEqual(row?.analysis, ['retransmission'])
})

test('data that comes with a full buffer still says what it is', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const [sent] = conversation.send('client', 'hello')
  const bytes = sent!.bytes.slice()
  bytes.set([0, 0], 14 + 20 + 14)
  const said = rows([...conversation.frames.slice(0, 3), { ...sent!, bytes }])
  assert.equal(said.at(-1)!.label, '"hello" · window 0')
})

test('a datagram says what it carries', () => {
  const [row] = rows([udpFrame(CLIENT, { ...SERVER, port: 9 }, Uint8Array.of(0, 1, 2))])
  assert.deepEqual([row?.label, row?.says, row?.flow], ['3 bytes', 'The client sends 3 bytes.', 'udp.0'])
})

test('several messages in one packet are told side by side, and the weightiest makes the episode', () => {
  const ws = (opcode: number, text: string) => concat(Uint8Array.of(0x80 | opcode, text.length), utf8(text))
  const conversation = new TcpConversation({ server: { address: '127.0.0.1', port: 8080 } })
  conversation.handshake()
  conversation.send(
    'client',
    'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  )
  conversation.send(
    'server',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  )
  conversation.send('server', concat(ws(1, 'one'), ws(9, '')))
  conversation.send('server', ws(9, ''))
  conversation.ack('client')
  const said = rows(conversation.frames)
  assert.deepEqual(
    said.slice(3).map(({ label }) => label),
    ['GET /chat upgrade', '101 Switching Protocols', '"one" · WS ping', 'WS ping', 'ACK'],
  )
  assert.deepEqual(
    said.slice(3).map(({ episode }) => episode),
    ['upgrade', 'upgrade', 'data', 'heartbeat', 'heartbeat'],
  )
})

test('bytes that no protocol reads are marked and explained, not hidden', () => {
  const [row] = rows(
    [tcpFrame(CLIENT, SERVER, { seq: 1, flags: 'S' })].map((frame) => ({
      ...frame,
      bytes: frame.bytes.slice(0, 40),
    })),
  )
  assert.equal(row?.malformed, true)
  assert.match(row.info, /need \d+ bytes/)
})
