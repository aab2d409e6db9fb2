import { lab, type RunView, type Truth, type Verdict } from '../kit/lab.ts'
import { asBinaryEvent, asJson, asMessagePack, difference, longMessages, type Shape } from './shapes.ts'
import { ends, lengthField, line, utf8 } from './texts.ts'

const TO_HUB = 'tcp.dstport==$HUB'

const at = ({ event }: Pick<Shape, 'event'>) => event.packet.number

/** A later shape of the reading, which must say the same as the JSON. */
function sameReading(run: RunView, shape: Shape | undefined): Verdict {
  const json = asJson(run)
  if (shape === undefined) return { done: false }
  const key = json && difference(json, shape)
  if (key === undefined) return { done: true, packet: at(shape) }
  const seen = `Packet ${at(shape)} has another ${key} than your JSON in packet ${json === undefined ? '?' : at(json)}: ${JSON.stringify(shape.reading[key])?.slice(0, 60) ?? 'none at all'}.`
  return { done: false, seen, packet: at(shape) }
}

function messagePack(run: RunView): Verdict {
  const found = asMessagePack(run)
  if (found === undefined || !('problem' in found)) return sameReading(run, found)
  return { done: false, seen: `The attachment of packet ${at(found)} ${found.problem}.`, packet: at(found) }
}

function sizes(run: RunView): readonly (readonly [name: string, shape: Shape])[] | undefined {
  const packed = asMessagePack(run)
  const [json, binary] = [asJson(run), asBinaryEvent(run)]
  if (json === undefined || binary === undefined || packed === undefined || 'problem' in packed)
    return undefined
  return [
    ['JSON', json],
    ['binary event', binary],
    ['MessagePack', packed],
  ]
}

function smallest(run: RunView): Truth | undefined {
  const all = sizes(run)?.toSorted(([, a], [, b]) => a.size - b.size)
  const [first] = all ?? []
  if (all === undefined || first === undefined) return undefined
  const list = all.map(([name, shape]) => `${name} ${shape.size} bytes (packet ${at(shape)})`).join(', ')
  return {
    value: first[0],
    packet: at(first[1]),
    because: `${list}; headers of WebSocket and below not counted.`,
  }
}

/** The samples in the JSON event, as they stand in its text. */
function samplesText(run: RunView): { text: string; count: number; packet: number } | undefined {
  const json = asJson(run)
  const samples = json?.reading.samples
  if (json === undefined || !Array.isArray(samples)) return undefined
  return { text: JSON.stringify(samples), count: samples.length, packet: at(json) }
}

function twice(run: RunView): Verdict {
  const messages = longMessages(run)
  const [last] = messages.slice(-1)
  if (last === undefined) return { done: false }
  const texts = messages.filter(({ isText }) => isText)
  const small = texts.find(({ compressed }) => compressed)
  const big = texts.find(
    ({ compressed, text }) => !compressed && (small === undefined || text === small.text),
  )
  const told = (seen: string): Verdict => ({ done: false, seen, packet: last.packet.number })
  if (small === undefined) {
    const [agreed] = run.find(
      'tcp.srcport==$LISTEN && http.sec_websocket_extensions contains "permessage-deflate"',
    )
    return told(
      agreed === undefined
        ? `Packet ${last.packet.number} is not compressed: no 101 of your server agrees on permessage-deflate.`
        : `Packet ${agreed.number} agrees on permessage-deflate; no long text of your client has PMC set.`,
    )
  }
  if (big === undefined)
    return told(`Packet ${small.packet.number} is compressed; the same text as it is has not come.`)
  if (noise(run) === undefined)
    return told('The text came both ways; 1000 random bytes, compressed, have not.')
  return { done: true, packet: big.packet.number }
}

const noise = (run: RunView) => longMessages(run).find(({ isText, compressed }) => compressed && !isText)

export default lab({
  number: 17,
  title: 'Shapes of data',
  summary:
    'The bytes of "é"; a reading as JSON, as a binary event and as MessagePack; compression on and off.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [4, 10, 13],
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'bytes-of-a-line',
      truth(run): Truth | undefined {
        const found = line(run)
        return (
          found && {
            value: found.count,
            packet: found.packet.number,
            because: `Packet ${found.packet.number} has them: c, a and f are one byte each, é is ${found.name === 'UTF-8' ? 'two, c3 a9,' : `what ${found.name} makes of it,`} and the newline is one.`,
          }
        )
      },
      replies: {
        '5': (t) =>
          `That is how many characters there are. In UTF-8 é takes two bytes: look into packet ${t.packet}.`,
        '10': (t) =>
          `Two bytes for each is how JavaScript keeps them. On the wire it is UTF-8: look into packet ${t.packet}.`,
        '12': (t) =>
          `Two bytes for each, and an end in front or behind? Count the bytes of packet ${t.packet}.`,
        '4': (t) =>
          `That is the length of the string without its newline, in characters: see packet ${t.packet}.`,
      },
      look: { view: 'inspector', filter: 'tcp.dstport==$TCP && tcp.len>0' },
    },
    {
      kind: 'wire',
      id: 'utf8',
      lookedFor: '63 61 66 c3 a9 0a on its way to TCP echo.',
      evidence: 'tcp.dstport==$TCP && tcp.payload contains 63:61:66:c3:a9:0a',
      verify: utf8,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} has ${p.values('tcp.len')[0]} bytes for TCP echo, and no café among them.`,
        },
      ],
      hints: ["tcp.write('café\\n')"],
      look: { view: 'inspector' },
    },
    {
      kind: 'predict',
      id: 'length-field',
      truth(run): Truth | undefined {
        const found = lengthField(run)
        return (
          found && {
            value: found.bytes,
            packet: found.packet,
            because: `4 for 👍, 1 for the space, 5 for café; the receiver counts bytes, for it has nothing else. See packet ${found.packet}.`,
          }
        )
      },
      replies: {
        '6': (t) =>
          `So many characters does a reader see. The receiver has bytes to count, and no characters yet: packet ${t.packet}.`,
        '7': (t) =>
          `That is String.length: it counts units of UTF-16, and 👍 is two of them. On the wire 👍 has four bytes: packet ${t.packet}.`,
        '12': (t) =>
          `The two bytes of the length itself are not counted here: it says how many follow. See packet ${t.packet}.`,
        '8': (t) => `Close: é and 👍 both take more bytes than they have units. See packet ${t.packet}.`,
      },
      hints: ['In UTF-8 (RFC 3629 §3) a character takes one to four bytes.'],
    },
    {
      kind: 'wire',
      id: 'ends',
      lookedFor: 'café with a NUL behind it; and 👍 café with 00 0a in front of it.',
      evidence: 'tcp.dstport==$TCP && tcp.payload contains f0:9f:91:8d',
      verify: ends,
      otherwise: [
        {
          filter: 'tcp.dstport==$TCP && tcp.len>0',
          says: (p) => `Packet ${p.number} was your last for TCP echo; neither of the two texts has come.`,
        },
      ],
      hints: [
        "'\\0' in a string is the character NUL: one byte, 00.",
        'Buffer.from(text) makes the bytes; its length is what goes in front, with writeUInt16BE.',
      ],
      look: { view: 'inspector' },
    },
    {
      kind: 'predict',
      id: 'samples-as-json',
      truth(run): Truth | undefined {
        const found = samplesText(run)
        return (
          found && {
            value: found.text.length,
            packet: found.packet,
            because: `Packet ${found.packet} writes the ${found.count} samples as ${found.text.length} bytes: the digits of each, a comma between, and two brackets. JSON is text; a number in it is written out.`,
          }
        )
      },
      replies: {
        '64': (t) =>
          `That would be a byte for each, as they are in memory. JSON has no bytes, it has digits: see packet ${t.packet}.`,
        '192': (t) =>
          `The digits, yes: 64 times 3. Commas and brackets are bytes too: see packet ${t.packet}.`,
        '256': (t) =>
          `Nearly: three digits and a comma for each would be one comma too many, and two brackets too few. See packet ${t.packet}.`,
        '255': (t) => `Digits and commas; the two brackets are missing. See packet ${t.packet}.`,
      },
      look: { view: 'inspector', filter: `${TO_HUB} && socketio.event=="echo"` },
    },
    {
      kind: 'wire',
      id: 'json',
      lookedFor: 'An event echo to the hub whose reading has its samples as a list of numbers.',
      evidence: `${TO_HUB} && socketio.type==2 && socketio.event=="echo"`,
      verify(run) {
        const json = asJson(run)
        return json === undefined ? { done: false } : { done: true, packet: at(json) }
      },
      otherwise: [
        {
          filter: `${TO_HUB} && socketio.event=="echo"`,
          says: (p) => `Packet ${p.number} is an echo: its samples are no list of at least 32 numbers.`,
        },
        {
          filter: `${TO_HUB} && socketio.type==0`,
          says: (p) => `Packet ${p.number} connects you to the hub; no echo has followed.`,
        },
      ],
      hints: ['[...samples] makes a list of numbers of a Uint8Array.'],
    },
    {
      kind: 'predict',
      id: 'messages',
      truth(run): Truth | undefined {
        const binary = asBinaryEvent(run)
        return (
          binary && {
            value: binary.messages,
            packet: at(binary),
            because: `Two: packet ${at(binary)} has the text, with a placeholder where the bytes were, and the bytes follow in a binary message (opcode 2) of their own.`,
          }
        )
      },
      replies: {
        '1': (t) =>
          `The event is text, and text can't hold any byte whatever: behind the text of packet ${t.packet} comes a binary message.`,
        '3': (t) => `There is one Buffer in it: one text, one binary message. See packet ${t.packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'binary-event',
      lookedFor:
        'A BINARY_EVENT (type 5) with one attachment, a placeholder for the samples, and the 64 bytes behind it.',
      evidence: [`${TO_HUB} && socketio.type==5 && socketio.attachments==1`],
      verify: (run) => sameReading(run, asBinaryEvent(run)),
      otherwise: [
        {
          filter: `${TO_HUB} && socketio.event=="echo" && socketio.args contains "\\"type\\":\\"Buffer\\""`,
          says: (p) =>
            `Packet ${p.number} has your Buffer as JSON.stringify writes one: a list of digits with a label. Give emit the Buffer itself.`,
        },
        {
          filter: `${TO_HUB} && socketio.event=="echo"`,
          says: (p) =>
            `Packet ${p.number} is an echo with no bytes in its samples: a Buffer or a Uint8Array is what becomes an attachment.`,
        },
      ],
      hints: [
        'emit the reading with samples as a Buffer: Socket.IO finds it, however deep, and takes it out.',
      ],
    },
    {
      kind: 'wire',
      id: 'messagepack',
      lookedFor: 'An attachment that, read as MessagePack, is the reading.',
      evidence: `${TO_HUB} && socketio.type==5 && socketio.args=="[{\\"_placeholder\\":true,\\"num\\":0}]"`,
      verify: messagePack,
      otherwise: [
        {
          filter: `${TO_HUB} && socketio.event=="echo"`,
          says: (p) => `Packet ${p.number} is your last echo; none whose one argument is bytes has come.`,
        },
      ],
      hints: [
        'A map of four: 0x84. A text of up to 31 bytes: 0xa0 + its length. Bytes: 0xc4 and their number. A double: 0xcb and writeDoubleBE.',
        'A map is its first byte, then key, value, key, value: Object.entries(value).flat().map(pack).',
      ],
      look: { view: 'inspector' },
    },
    {
      kind: 'predict',
      id: 'smallest',
      choices: ['JSON', 'binary event', 'MessagePack'],
      truth: smallest,
      replies: {
        json: (t) => `JSON writes each sample in digits, and each name in full: ${t.because}`,
        'binary event': (t) =>
          `Its samples are as small as they can be; the rest is JSON still, and a placeholder is added: ${t.because}`,
        messagepack: (t) => `Not with this reading: ${t.because}`,
      },
    },
    {
      kind: 'wire',
      id: 'compressed',
      lookedFor:
        'The same long text twice, once with PMC set and once without; and 1000 random bytes with PMC set.',
      evidence: 'tcp.dstport==$LISTEN && websocket.pmc==1',
      verify: twice,
      otherwise: [
        {
          filter: 'tcp.dstport==$LISTEN && websocket',
          says: (p) =>
            `Packet ${p.number} is your last WebSocket message to your own server: it has 900 bytes at most.`,
        },
      ],
      hints: [
        'new WebSocketServer({ host, port, perMessageDeflate: true }), and new WebSocket(url): the client offers it by itself.',
        'For the connection without it: new WebSocket(url, { perMessageDeflate: false }).',
      ],
      look: {
        view: 'packets',
        filter: 'tcp.dstport==$LISTEN && (websocket.opcode==1 || websocket.opcode==2)',
      },
    },
    {
      kind: 'predict',
      id: 'noise',
      choices: ['smaller', 'as long as before', 'larger'],
      truth(run): Truth | undefined {
        const found = noise(run)
        if (found === undefined) return undefined
        const { carried, length, packet } = found
        const value = carried > length ? 'larger' : carried < length ? 'smaller' : 'as long as before'
        return {
          value,
          packet: packet.number,
          because: `Packet ${packet.number} carries ${carried} bytes for ${length}: where nothing repeats there is nothing to leave out, and what says so takes bytes as well (RFC 1951 §3.2.4).`,
        }
      },
      replies: {
        smaller: (t) => `Compression leaves out what repeats, and noise repeats nothing. ${t.because}`,
        'as long as before': (t) =>
          `Nearly, but "these bytes are stored as they are" has to be said. ${t.because}`,
      },
    },
  ],
  wrongs: [
    {
      file: 'wrong/latin.mjs',
      step: 'utf8',
      says: 'has the line in Latin-1: 5 bytes',
      lesson:
        "write('café', 'latin1') in the place of UTF-8: é is one byte, and whoever reads it as UTF-8 sees none.",
    },
    { file: 'wrong/latin.mjs', step: 'ends', says: 'announces 7 bytes, and 10 are meant' },
    { file: 'wrong/digits.mjs', step: 'json', says: 'its samples are no list' },
    { file: 'wrong/digits.mjs', step: 'binary-event', says: 'a list of digits with a label' },
    { file: 'wrong/short-text.mjs', step: 'json', says: 'its samples are no list' },
    {
      file: 'wrong/short-text.mjs',
      step: 'messagepack',
      says: 'is no MessagePack: at byte 23 the length is 1, and 0 bytes are left',
    },
    { file: 'wrong/nothing-packed.mjs', step: 'messagepack', says: 'has no bytes: what does pack return?' },
    {
      file: 'wrong/no-extension.mjs',
      step: 'compressed',
      says: 'no 101 of your server agrees on permessage-deflate',
      lesson:
        'A client that offers compression, and a server that says nothing to it: the bytes stay as they are.',
    },
  ],
})
