import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../../server/dashboard/api.ts'
import { echo } from '../../server/protocols/echo.ts'
import type { Frame } from '../../server/protocols/packet.ts'
import { Trace } from '../../server/trace/trace.ts'
import { CLIENT, concat, SERVER, START_TIME, TcpConversation, tcpFrame, udpFrame, utf8 } from '../frames.ts'
import { dhcpMessage, END, option } from '../protocols/dhcp-messages.ts'
import { ANSWER, message, QUERY, question, RECORDS, u16s } from '../protocols/dns-messages.ts'
import { KEY_LOG, SESSION } from '../protocols/tls-vectors.ts'
import { Wire } from '../protocols/wire.ts'

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

test('of bytes behind later ones it does not claim to know why', () => {
  const conversation = new TcpConversation()
  conversation.handshake()
  const opening = [...conversation.frames]
  const [first] = conversation.send('client', 'one')
  const [second] = conversation.send('client', 'two')
  const again = { ...first!, time: second!.time + 1000n }
  const row = rows([...opening, first!, second!, again]).at(-1)
  assert.deepEqual(row?.analysis, ['out_of_order'])
  assert.equal(row?.says, 'Later bytes came before it: it was overtaken on the way, or is sent again.')
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

test('a TLS session reads as its steps, and what is sealed as sealed', () => {
  const said = (keyLog: string) => {
    const wire = new Wire(keyLog)
    const line = wire.open()
    const numbers = SESSION.map(([side, bytes]) => line.say(side, bytes))
    const trace = wire.trace()
    return numbers.map((number) => trace.row(number)!.label)
  }
  assert.deepEqual(said('').slice(0, 3), ['Client Hello', 'Server Hello', 'sealed 674 bytes'])
  assert.deepEqual(said(KEY_LOG).slice(2), [
    'Encrypted Extensions, Certificate, Certificate …',
    'Finished',
    'New Session Ticket',
    '50 bytes',
    '50 bytes',
    'TLS close',
    'TLS close',
  ])
})

const HERE = { address: '10.0.0.2', port: 50_000 }
const NAMES = { address: '10.0.0.1', port: 53 }

test('a name that is asked for is a question and what came of it', () => {
  const asked = { questions: [question('www.example.com', 1)] }
  const said = rows([
    udpFrame(HERE, NAMES, message(1, QUERY, asked)),
    udpFrame(NAMES, HERE, message(1, ANSWER, { ...asked, answers: [RECORDS.A!] })),
    udpFrame(HERE, NAMES, message(2, QUERY, asked)),
    udpFrame(NAMES, HERE, message(2, ANSWER | 3, asked)),
  ])
  assert.deepEqual(
    said.map(({ says }) => says),
    [
      'The client asks for www.example.com.',
      'The server knows one answer for www.example.com.',
      'The client asks for www.example.com.',
      'There is no www.example.com.',
    ],
  )
  assert.equal(said[3]?.episode, 'refusal')
})

test('an address is asked of everybody, offered, wished for and lent', () => {
  const lease = (type: number, ...more: Uint8Array[]) =>
    udpFrame(
      { address: '0.0.0.0', port: 68 },
      { address: '255.255.255.255', port: 67 },
      dhcpMessage(concat(option(53, Uint8Array.of(type)), ...more, END)),
    )
  const said = rows([
    lease(1),
    lease(2),
    lease(3, option(50, Uint8Array.of(10, 0, 0, 9))),
    lease(5),
    lease(6),
  ])
  assert.deepEqual(
    said.map(({ says }) => says),
    [
      'A machine without an address asks everybody: who can lend me one?',
      'A server offers 10.0.0.9.',
      'It would like 10.0.0.9, please.',
      '10.0.0.9 is lent, for a time.',
      'No: it must begin again.',
    ],
  )
})

test('a file over TFTP is asked for, and goes block by block', () => {
  const there = { address: '10.0.0.1', port: 3445 }
  const said = rows([
    udpFrame(HERE, { ...there, port: 69 }, concat(u16s(1), utf8('boot.img\0octet\0'))),
    udpFrame(there, HERE, concat(u16s(3, 1), new Uint8Array(512))),
    udpFrame(HERE, there, u16s(4, 1)),
    udpFrame(there, HERE, concat(u16s(5, 3), utf8('Disk full\0'))),
  ])
  assert.match(said[0]?.says ?? '', /asks for the file boot\.img\.$/)
  assert.equal(said[1]?.says, 'Block 1 of the file; the next comes when it is acknowledged.')
  assert.match(said[2]?.says ?? '', /has block 1: the next, please\.$/)
  assert.match(said[3]?.says ?? '', /breaks off: Disk full\.$/)
})
