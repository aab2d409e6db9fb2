import { createHash } from 'node:crypto'
import { lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'

const TO_SERVER = 'tcp.dstport==$LISTEN'
const FROM_SERVER = 'tcp.srcport==$LISTEN'
const ASKED = `${TO_SERVER} && lower(http.upgrade)=="websocket"`
const HI = `${TO_SERVER} && websocket.mask==1 && websocket.payload.text=="hi"`
const FACE = '😀'
const FRAMES = { view: 'inspector', filter: 'tcp.port==$LISTEN && websocket' } as const
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const first = (packet: Sighting, field: string) => packet.values(field)[0]
const has = (packet: Sighting, field: string, value: string | number | boolean) =>
  packet.values(field).includes(value)

/** Packets of a conversation from this one on, the packet itself among them: frames may share one. */
const since = ({ flow, number }: Sighting, packets: readonly Sighting[]) =>
  packets.filter((p) => p.flow === flow && p.number >= number)

const notYet = (packet: Sighting, words: string): Verdict => ({
  done: false,
  seen: `Packet ${packet.number} ${words}`,
  packet: packet.number,
})

/** An upgrade that was answered with what fits its key. */
function upgraded(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const asked of run.find(ASKED)) {
    const answer = since(asked, run.find(`${FROM_SERVER} && http.response`))[0]
    if (answer === undefined) {
      best = notYet(
        asked,
        'asks for a WebSocket, and no HTTP response of yours has come: head, empty line and all.',
      )
      continue
    }
    const code = first(answer, 'http.response.code')
    const accept = String(first(answer, 'http.sec_websocket_accept') ?? '')
    const digest = createHash('sha1').update(`${first(asked, 'http.sec_websocket_key')}${GUID}`)
    if (code === 101 && accept === digest.digest('base64')) return { done: true, packet: answer.number }
    if (code !== 101) best = notYet(answer, `says ${code}: an upgrade is accepted with 101.`)
    else if (accept === '') best = notYet(answer, 'says 101, but has no Sec-WebSocket-Accept.')
    else best = notYet(answer, wrongAccept(accept, asked))
  }
  return best
}

function wrongAccept(accept: string, asked: Sighting): string {
  const key = first(asked, 'http.sec_websocket_key')
  const { length } = Buffer.from(accept, 'base64')
  const why =
    accept === createHash('sha1').update(`${key}`).digest('base64')
      ? 'It is the SHA-1 of the key alone: the GUID goes behind it.'
      : length === 40
        ? 'It is the base64 of 40 hex digits; the 20 bytes themselves are wanted.'
        : length === 20
          ? 'Hash the key as it stands, then the GUID, with nothing between or behind.'
          : `It holds ${length} bytes; a SHA-1 has 20.`
  return `has a Sec-WebSocket-Accept that does not fit the key of packet ${asked.number}. ${why}`
}

/** The client's text comes back whole, unmasked, and with its length as short as can be. */
function longEcho(run: RunView): Verdict {
  const [sent] = run.find(`${TO_SERVER} && websocket.payload_length==126`)
  if (sent === undefined) return { done: false }
  const length = first(sent, 'websocket.payload_length_ext_16')
  const back = since(sent, run.find(`${FROM_SERVER} && websocket.payload_length>=126`))
  const right = back.find((p) => has(p, 'websocket.payload_length_ext_16', length ?? 0))
  if (right) return { done: true, packet: right.number }
  const wide = back.find((p) => has(p, 'websocket.payload_length', 127))
  if (wide) {
    return notYet(
      wide,
      'writes the length in 64 bits (127). It must be the shortest form that holds it: 126 and 16 bits.',
    )
  }
  const other = back[0]
  if (other) {
    return notYet(
      other,
      `says 126, and then ${first(other, 'websocket.payload_length_ext_16')}; packet ${sent.number} brought ${length} bytes. Behind 126 the next two bytes are read as the length, whatever they were meant for.`,
    )
  }
  return notYet(sent, `brought ${length} bytes of text; no frame of such a length has left your server.`)
}

function ponged(run: RunView): Verdict {
  const [ping] = run.find(`${TO_SERVER} && websocket.opcode==9`)
  if (ping === undefined) return { done: false }
  const back = since(ping, run.find(`${FROM_SERVER} && websocket`))
  const pong = back.find((p) => has(p, 'websocket.opcode', 10))
  if (pong === undefined) return notYet(ping, 'is a ping; no pong (opcode 10) has followed.')
  if (first(pong, 'websocket.payload.pong') === first(ping, 'websocket.payload.ping')) {
    return { done: true, packet: pong.number }
  }
  return notYet(
    pong,
    `is a pong without the bytes of the ping in packet ${ping.number}: send its payload back.`,
  )
}

function rejoined(run: RunView): Verdict {
  const [half] = run.find(`${TO_SERVER} && websocket.opcode==1 && websocket.fin==0`)
  if (half === undefined) return { done: false }
  const back = since(half, run.find(`${FROM_SERVER} && websocket.payload.text`))
  const whole = back.find((p) => has(p, 'websocket.payload.text', FACE))
  if (whole) return { done: true, packet: whole.number }
  const torn = back.find((p) =>
    p.values('websocket.payload.text').some((text) => /\ufffd/.test(String(text))),
  )
  if (torn) {
    return notYet(
      torn,
      'is a text with bytes in it that are no character (U+FFFD stands for them): half an emoji went back, or was read, by itself. Join first.',
    )
  }
  return notYet(half, 'is the first half of an emoji; it has not come back whole.')
}

function refusedUnmasked(run: RunView): Verdict {
  const [bare] = run.find(`${TO_SERVER} && websocket.mask==0`)
  if (bare === undefined) return { done: false }
  const [answer] = since(bare, run.find(`${FROM_SERVER} && websocket`))
  if (answer === undefined) return notYet(bare, 'is not masked; your server has not answered it.')
  const code = first(answer, 'websocket.payload.close.status_code')
  if (code === 1002) return { done: true, packet: answer.number }
  return has(answer, 'websocket.opcode', 8)
    ? notYet(answer, `closes with ${code ?? 'no code'}: a broken rule of the protocol is 1002.`)
    : notYet(answer, `answers packet ${bare.number}, which is not masked, as if nothing were wrong.`)
}

/** Close frames both ways, then FIN, the server's first. */
function closed(run: RunView): Verdict {
  const [asked] = run.find(`${TO_SERVER} && websocket.opcode==8 && websocket.mask==1`)
  if (asked === undefined) return { done: false }
  const [fin] = since(asked, run.find('tcp.flags.fin==1'))
  const [answer] = since(asked, run.find(`${FROM_SERVER} && websocket.opcode==8`))
  if (answer === undefined) {
    if (fin?.fromClient === false) {
      return notYet(
        fin,
        `has FIN set, but no close frame of yours went before: packet ${asked.number} is to be answered with opcode 8.`,
      )
    }
    return notYet(asked, "is the client's close frame; yours has not followed.")
  }
  if (fin === undefined) return notYet(answer, 'is your close frame; nobody has ended the TCP connection.')
  if (fin.fromClient) {
    return notYet(
      fin,
      "has FIN set and is the client's: it has given up waiting. The server ends the connection first.",
    )
  }
  return { done: true, packet: fin.number }
}

export default lab({
  number: 10,
  title: 'WebSocket by hand',
  summary: 'Answer the upgrade, then read and write the frames: masks, lengths, fragments, ping, close.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [4, 8],
  cast: { program: 'cast', plays: 'clients' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'wire',
      id: 'upgrade',
      lookedFor: 'A request to upgrade, and your 101 with the Sec-WebSocket-Accept that fits its key.',
      evidence: [ASKED, `${FROM_SERVER} && http.response.code==101 && http.sec_websocket_accept`],
      verify: upgraded,
      hints: [
        'One text is hashed: the key, and right behind it the GUID, with nothing between.',
        "createHash('sha1').update(key + GUID).digest('base64'): of the key's text, not of its bytes.",
      ],
      look: { view: 'inspector', filter: 'tcp.port==$LISTEN && http' },
    },
    {
      kind: 'predict',
      id: 'hi-bytes',
      truth(run): Truth | undefined {
        const [packet] = run.find(HI)
        return (
          packet && {
            value: 8,
            packet: packet.number,
            because: `Packet ${packet.number}: two bytes of header, four of masking key, two of text.`,
          }
        )
      },
      replies: {
        '2': (t) => `Two is the payload alone. What stands before it in packet ${t.packet}?`,
        '4': (t) =>
          `Header and text; a client must mask as well, and the key travels along: see packet ${t.packet}.`,
        '6': (t) => `Header and masking key are 6, and the text comes behind them: see packet ${t.packet}.`,
      },
      mistakes(_truth, run): Record<string, string> {
        const [packet] = run.find(HI)
        return packet
          ? {
              [String(first(packet, 'frame.len'))]:
                'That is the whole frame on the cable, with the headers of Ethernet, IP and TCP.',
            }
          : {}
      },
    },
    {
      kind: 'wire',
      id: 'echo',
      lookedFor: 'The masked "hi" of the client, and the same text from your server, not masked.',
      evidence: [HI, `${FROM_SERVER} && websocket.mask==0 && websocket.payload.text=="hi"`],
      otherwise: [
        {
          filter: `${FROM_SERVER} && websocket.mask==1`,
          says: (p) =>
            `Packet ${p.number} comes from your server and is masked: only clients mask (RFC 6455 §5.1).`,
        },
        {
          filter: `${FROM_SERVER} && websocket.opcode==1`,
          says: (p) =>
            `Packet ${p.number} is a text frame of yours, with other text than "hi": is it still masked? Byte i is XORed with byte i mod 4 of the key.`,
        },
        {
          filter: HI,
          says: (p) => `Packet ${p.number} says "hi", masked; your server has not answered it.`,
        },
      ],
      hints: [
        'A text frame of two bytes is 0x81 0x02 and the two bytes.',
        'Behind the two bytes of the header stand four bytes of key, and then the payload.',
      ],
      look: FRAMES,
    },
    {
      kind: 'predict',
      id: 'key-where',
      choices: ['in the frame itself', 'in the handshake', 'nowhere: each side computes it'],
      truth(run): Truth | undefined {
        const [packet] = run.find(HI)
        return (
          packet && {
            value: 'in the frame itself',
            packet: packet.number,
            because: `Packet ${packet.number} has it, ${first(packet, 'websocket.masking_key')}, right before what it masks: so masking hides nothing.`,
          }
        )
      },
      replies: {
        'in the handshake': (t) =>
          `Sec-WebSocket-Key has nothing to do with masks: it only proves that the server has read it. Look at packet ${t.packet}.`,
        'nowhere: each side computes it': (t) =>
          `That would be encryption. The key is readable in packet ${t.packet}: masking keeps no secret.`,
      },
    },
    {
      kind: 'predict',
      id: 'syns',
      truth(run): Truth | undefined {
        const [asked] = run.find(ASKED)
        const frame = run.find('websocket').find((p) => p.flow === asked?.flow)
        if (asked === undefined || frame === undefined) return undefined
        const opened = run.find(`${TO_SERVER} && tcp.flags.syn==1`).find((p) => p.flow === asked.flow)
        const stream = first(asked, 'tcp.stream')
        return {
          value: 1,
          packet: opened?.number ?? asked.number,
          because: `The GET in packet ${asked.number} and the frame in packet ${frame.number} share tcp.stream ${stream}: the connection is the same, and what is spoken on it is another protocol.`,
        }
      },
      mistakes(_truth, run): Record<string, string> {
        const [asked] = run.find(ASKED)
        const frame = run.find('websocket').find((p) => p.flow === asked?.flow)
        return {
          2: `Packets ${asked?.number} and ${frame?.number}, the GET and a frame, share tcp.stream: no second connection was opened.`,
          0: 'The GET travelled on a TCP connection, and that one was opened with a SYN.',
        }
      },
    },
    {
      kind: 'wire',
      id: 'length',
      lookedFor: 'A text of more than 125 bytes, and the same length from your server: 126, then 16 bits.',
      evidence: [
        `${TO_SERVER} && websocket.payload_length==126`,
        `${FROM_SERVER} && websocket.payload_length==126`,
      ],
      verify: longEcho,
      hints: ['Where 7 bits say 126, the next two bytes are the length, the high byte first: readUInt16BE.'],
      look: FRAMES,
    },
    {
      kind: 'wire',
      id: 'ping',
      lookedFor: 'A ping of the client, and your pong with the same payload.',
      evidence: [`${TO_SERVER} && websocket.opcode==9`, `${FROM_SERVER} && websocket.opcode==10`],
      verify: ponged,
      hints: ['A pong has opcode 10, and the payload of the ping, unmasked: 0x8a, the length, the bytes.'],
      look: FRAMES,
    },
    {
      kind: 'wire',
      id: 'fragments',
      lookedFor: 'An emoji in two fragments, and the whole of it from your server.',
      evidence: [
        `${TO_SERVER} && websocket.opcode==1 && websocket.fin==0`,
        `${TO_SERVER} && websocket.opcode==0 && websocket.fin==1`,
        `${FROM_SERVER} && websocket.payload.text=="${FACE}"`,
      ],
      verify: rejoined,
      hints: [
        'Keep bytes until a frame has FIN, then join them with Buffer.concat, and only then make text of them.',
      ],
      look: FRAMES,
    },
    {
      kind: 'wire',
      id: 'unmasked',
      lookedFor: 'A frame of a client that does not mask, and your close frame with the code 1002.',
      evidence: [
        `${TO_SERVER} && websocket.mask==0`,
        `${FROM_SERVER} && websocket.payload.close.status_code==1002`,
      ],
      verify: refusedUnmasked,
      hints: [
        'A close frame has opcode 8, and its payload begins with the code in two bytes: 1002 is 0x03ea.',
      ],
      look: FRAMES,
    },
    {
      kind: 'wire',
      id: 'close',
      lookedFor: "Close frames both ways, the client's first; then FIN, yours first.",
      evidence: [
        `${TO_SERVER} && websocket.opcode==8`,
        `${FROM_SERVER} && websocket.opcode==8`,
        `${FROM_SERVER} && tcp.flags.fin==1`,
      ],
      verify: closed,
      hints: ['socket.end(bytes) writes the bytes and then closes your direction.'],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
  ],
  wrongs: [
    {
      file: 'wrong/hex-accept.mjs',
      step: 'upgrade',
      says: 'the base64 of 40 hex digits',
      lesson: 'Send the base64 of the hex digits: the client hangs up.',
    },
    { file: 'wrong/masked-answer.mjs', step: 'echo', says: 'only clients mask' },
    { file: 'wrong/still-masked.mjs', step: 'echo', says: 'is it still masked?' },
    { file: 'wrong/long-length.mjs', step: 'length', says: 'writes the length in 64 bits' },
    { file: 'wrong/empty-pong.mjs', step: 'ping', says: 'without the bytes of the ping' },
    {
      file: 'wrong/each-fragment.mjs',
      step: 'fragments',
      says: 'half an emoji went back',
      lesson: 'Make text of each fragment: half an emoji is no character.',
    },
    { file: 'wrong/lenient.mjs', step: 'unmasked', says: 'as if nothing were wrong' },
    { file: 'wrong/no-close-frame.mjs', step: 'close', says: 'no close frame of yours went before' },
    { file: 'wrong/client-first.mjs', step: 'close', says: 'The server ends the connection first' },
  ],
})
