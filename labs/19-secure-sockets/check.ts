import { lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'

const TO_HUB = 'tcp.dstport==$TLS'
const FROM_HUB = 'tcp.srcport==$TLS'
const CLIENT_HELLO = `${TO_HUB} && tls.handshake.type==1`
const SERVER_HELLO = `${FROM_HUB} && tls.handshake.type==2`
const FINISHED = `${TO_HUB} && tls.handshake.type==20`
const CLOSE_FRAME = `${TO_HUB} && tls && websocket.opcode==8`
const CLOSE_NOTIFY = 'tls.alert_message.desc==0'
const ENDED = 'tcp.flags.fin==1 || tcp.flags.reset==1'
/** Something that a program said, and not TLS of itself. */
const SAID = `${TO_HUB} && tls && (http.request || websocket)`
const SPOKEN = `${TO_HUB} && socketio.event=="echo"`
/** TLS_AES_…, TLS_CHACHA20_…: each adds a tag of 16 bytes. */
const AROUND = 22

const first = (packet: Sighting, field: string) => packet.values(field)[0]
const inFlow = (packets: readonly Sighting[], { flow }: Sighting) => packets.filter((p) => p.flow === flow)

/** The request with the credentials, once 200 has answered it: in it there is something to be seen, or not. */
function asked(run: RunView, to: string, from: string): Verdict {
  const answers = run.find(`${from} && http.response.code==200`)
  const request = run
    .find(`${to} && http.request && http.authbasic`)
    .find((packet) => inFlow(answers, packet).some(({ number }) => number > packet.number))
  return request ? { done: true, packet: request.number } : { done: false }
}

/** A conversation that the client ended when it had seen the certificate, before it finished the handshake. */
function distrusted(run: RunView): Verdict {
  const finished = run.find(FINISHED)
  for (const hello of run.find(SERVER_HELLO)) {
    const ended = inFlow(run.find(`${TO_HUB} && (${ENDED})`), hello).find((p) => p.number > hello.number)
    if (ended && inFlow(finished, hello).length === 0) return { done: true, packet: ended.number }
  }
  const said = run.find(`${SAID} && http.request`)[0]
  if (said === undefined) return { done: false }
  return {
    done: false,
    seen: `Packet ${said.number} sends its request: your program believed whoever answered. Ask once without telling it to believe.`,
    packet: said.number,
  }
}

/** The frame with one of the two words, the first time that it was said. */
const spoken = (run: RunView, word: string) => run.find(`${SPOKEN} && socketio.args=="[\\"${word}\\"]"`)[0]

const recordLength = (packet: Sighting) => Number(packet.values('tls.record.length').at(-1))

function twoWords(run: RunView): Verdict {
  const [yes, no] = [spoken(run, 'yes'), spoken(run, 'no')]
  if (yes && no) return { done: true, packet: no.number }
  const one = yes ?? no
  if (one === undefined) return { done: false }
  return {
    done: false,
    seen: `Packet ${one.number} says ${first(one, 'socketio.args')}; the other word has not been said.`,
    packet: one.number,
  }
}

/** The WebSocket says that it ends, then TLS, then TCP. */
function farewell(run: RunView): Verdict {
  let best: Verdict = { done: false }
  for (const said of run.find(`${TO_HUB} && tls && websocket`)) {
    const [ended] = inFlow(run.find(`${TO_HUB} && (${ENDED})`), said)
    if (ended === undefined) continue
    const before = (filter: string) => inFlow(run.find(filter), said).find((p) => p.number <= ended.number)
    const [close, bye] = [before(CLOSE_FRAME), before(`${TO_HUB} && ${CLOSE_NOTIFY}`)]
    if (close && bye) return { done: true, packet: bye.number }
    const missing = [...(close ? [] : ['a close frame']), ...(bye ? [] : ['a close_notify'])]
    best = {
      done: false,
      seen: `Packet ${ended.number} ends TCP without ${missing.join(' and without ')} of yours: the hub can't tell whether that was all, or somebody cut it off.`,
      packet: ended.number,
    }
  }
  return best
}

export default lab({
  number: 19,
  title: 'Secure sockets',
  summary:
    'https and wss: the handshake, what is sealed, what the keys open, and what can be seen all the same.',
  minutes: 40,
  networks: ['kernel', 'lab'],
  assumes: [8, 10, 12],
  places: 0,
  bearsLoss: true,
  steps: [
    {
      kind: 'predict',
      id: 'who-reads',
      choices: ['nothing at all', "the server's name", 'the path', 'the password'],
      truth(run): Truth | undefined {
        const [named] = run.find(`${CLIENT_HELLO} && tls.handshake.extensions_server_name`)
        return (
          named && {
            value: "the server's name",
            packet: named.number,
            because: `Packet ${named.number} says ${first(named, 'tls.handshake.extensions_server_name')} in the open: the first message goes out before there are keys.`,
          }
        )
      },
      replies: {
        'nothing at all': (t) =>
          `wss and https hide what is said, not that it is said. Look at packet ${t.packet}: before there are keys there is a name.`,
        'the path': () => 'The path is part of the request, and the request is sealed.',
        'the password': () =>
          'A header like any other: it is part of the request, and the request is sealed.',
      },
    },
    {
      kind: 'wire',
      id: 'plain',
      lookedFor: 'A request to the hub without TLS, with credentials that can be read.',
      evidence: [
        'tcp.dstport==$HUB && http.request && http.authbasic',
        'tcp.srcport==$HUB && http.response.code==200',
      ],
      verify: (run) => asked(run, 'tcp.dstport==$HUB', 'tcp.srcport==$HUB'),
      otherwise: [
        {
          filter: 'tcp.dstport==$HUB && http.request',
          says: (p) =>
            `Packet ${p.number} has no Authorization: there is no password in it that could be read.`,
        },
      ],
      hints: ["http.get takes auth: 'name:password', and makes the header of it."],
      look: { view: 'inspector', filter: 'tcp.port==$HUB && http' },
    },
    {
      kind: 'wire',
      id: 'distrust',
      lookedFor:
        "The hub's hello with its certificate, and the end of the connection, before your program has said anything.",
      evidence: [SERVER_HELLO, `${TO_HUB} && (${ENDED})`],
      verify: distrusted,
      otherwise: [
        {
          filter: `${TO_HUB} && http.request && !tls`,
          says: (p) =>
            `Packet ${p.number} speaks HTTP in the open, at a port where TLS is spoken: use https.get.`,
        },
        {
          filter: CLIENT_HELLO,
          says: (p) => `Packet ${p.number} is your hello; the conversation has not been broken off.`,
        },
      ],
      hints: ["https.get with host and port alone, and an 'error' handler. The error's code says why."],
    },
    {
      kind: 'wire',
      id: 'hello',
      lookedFor:
        'A hello that names the server and says that HTTP/1.1 will be spoken, and the hello of the hub.',
      evidence: [
        `${CLIENT_HELLO} && tls.handshake.extensions_server_name=="localhost" && tls.handshake.extensions_alpn_str=="http/1.1"`,
        SERVER_HELLO,
      ],
      otherwise: [
        {
          filter: `${CLIENT_HELLO} && tls.handshake.extensions_server_name`,
          says: (p) =>
            `Packet ${p.number} names ${first(p, 'tls.handshake.extensions_server_name')}, but does not say what will be spoken: ALPNProtocols.`,
        },
        {
          filter: CLIENT_HELLO,
          says: (p) =>
            `Packet ${p.number} names no server: an address is no name (RFC 6066 §3). Say servername: 'localhost'.`,
        },
      ],
      hints: ["tls.connect({ host, port, servername: 'localhost', ALPNProtocols: ['http/1.1'], … })"],
      look: { view: 'inspector', filter: 'tcp.port==$TLS && tls.handshake' },
    },
    {
      kind: 'wire',
      id: 'sealed',
      lookedFor: 'The same request inside TLS, credentials and all, and 200 in answer.',
      evidence: [
        `${TO_HUB} && tls && http.request && http.authbasic`,
        `${FROM_HUB} && tls && http.response.code==200`,
      ],
      verify: (run) => asked(run, `${TO_HUB} && tls`, `${FROM_HUB} && tls`),
      otherwise: [
        {
          filter: `${TO_HUB} && http.request && !tls`,
          says: (p) =>
            `Packet ${p.number} speaks HTTP in the open, at a port where TLS is spoken: the hub can't read it, and everybody else can.`,
        },
        {
          filter: SAID,
          says: (p) =>
            `Packet ${p.number} is sealed, but it has no credentials, or was not answered with 200.`,
        },
        {
          filter: CLIENT_HELLO,
          says: (p) => `Packet ${p.number} is your last hello; no request has followed behind it.`,
        },
      ],
      hints: [
        'https.get with what you asked in step 2, what you said in step 4, and ca: certificate.toString().',
      ],
      look: { view: 'inspector', filter: 'tcp.port==$TLS && http' },
    },
    {
      kind: 'predict',
      id: 'certificate',
      choices: ['yes', 'no'],
      truth(run): Truth | undefined {
        const [packet] = run.find(`${FROM_HUB} && tls.handshake.type==11`)
        if (packet === undefined) return undefined
        const isSealed = packet.values('tls.record.opaque_type').includes(23)
        return {
          value: isSealed ? 'no' : 'yes',
          packet: packet.number,
          because: isSealed
            ? `In packet ${packet.number} it travels in a record of type 23, sealed: TLS 1.3 has keys as soon as both hellos are there.`
            : `Packet ${packet.number} has it in the open: TLS 1.2 seals only when the handshake is over.`,
        }
      },
      replies: {
        yes: (t) =>
          `With TLS 1.2 it was so. In packet ${t.packet} the record with the certificate is of type 23, sealed; the page shows it since it has the secrets.`,
        no: (t) => `With TLS 1.3 it would be so. Packet ${t.packet} is of TLS 1.2.`,
      },
    },
    {
      kind: 'wire',
      id: 'wss',
      lookedFor: 'An upgrade to WebSocket inside TLS, 101, and a frame of yours.',
      evidence: [
        `${TO_HUB} && tls && lower(http.upgrade)=="websocket"`,
        `${FROM_HUB} && tls && http.response.code==101`,
        `${TO_HUB} && tls && websocket.mask==1`,
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$HUB && lower(http.upgrade)=="websocket"',
          says: (p) =>
            `Packet ${p.number} opens a WebSocket without TLS: ws. With TLS it is wss, at the other port.`,
        },
        {
          filter: `${TO_HUB} && tls && lower(http.upgrade)=="websocket"`,
          says: (p) => `Packet ${p.number} asks for a WebSocket; no frame of yours has followed.`,
        },
      ],
      hints: ["new WebSocket('wss://…', { ca, servername }), and socket.send('40') when the 0… has come."],
    },
    {
      kind: 'predict',
      id: 'overhead',
      truth(run): Truth | undefined {
        const yes = spoken(run, 'yes')
        if (yes === undefined) return undefined
        const frame = Number(first(yes, 'websocket.payload_length')) + 6
        const around = recordLength(yes) + 5 - frame
        return {
          value: around,
          packet: yes.number,
          because: `Packet ${yes.number}: ${frame} bytes of WebSocket, and ${around} of TLS around them: ${around === AROUND ? '5 of record header, 1 for the true type inside, 16 of tag that proves nobody changed them' : 'the record header, and what its cipher adds'}.`,
        }
      },
      replies: {
        '5': () =>
          'That is the header of the record. Behind the text come a byte for its true type and a tag.',
        '16': () => 'That is the tag which proves that nobody changed a bit. There is a header as well.',
        '21': () =>
          'Header and tag; and one more byte inside, the true type of what is sealed (RFC 8446 §5.2).',
        '28': () => 'The six bytes of header and masking key are WebSocket’s own. Without them?',
      },
      hints: [
        'tcp.len of the packet with "yes", less the frame of WebSocket in it: 2 bytes of header, 4 of key, the text.',
      ],
    },
    {
      kind: 'predict',
      id: 'yes-or-no',
      truth(run): Truth | undefined {
        const [yes, no] = [spoken(run, 'yes'), spoken(run, 'no')]
        if (yes === undefined || no === undefined) return undefined
        return {
          value: recordLength(yes) - recordLength(no),
          packet: no.number,
          because: `Packet ${yes.number} has a record of ${recordLength(yes)} bytes, packet ${no.number} one of ${recordLength(no)}: whoever knows what is asked knows the answer, without a key.`,
        }
      },
      replies: {
        '0': (t) =>
          `TLS could fill up (RFC 8446 §5.4), but does so only where a program asks. Compare the records: packet ${t.packet} is the shorter.`,
        '16': () => 'Block ciphers came in steps of 16. Those of TLS 1.3 seal byte by byte.',
      },
    },
    {
      kind: 'wire',
      id: 'words',
      lookedFor: 'An echo event with "yes" and one with "no", by wss.',
      evidence: `${SPOKEN} && socketio.args`,
      verify: twoWords,
      otherwise: [
        {
          filter: `${TO_HUB} && websocket`,
          says: (p) => `Packet ${p.number} is the last that your WebSocket said: ${p.info}`,
        },
      ],
      hints: [
        'socket.send(\'420["echo","yes"]\'): 4 message, 2 event, 0 the number of the answer that is wanted (lab 13).',
      ],
    },
    {
      kind: 'wire',
      id: 'bye',
      lookedFor: 'The close frame of your WebSocket, then a close_notify, sealed, before you end TCP.',
      evidence: [CLOSE_FRAME, `${TO_HUB} && ${CLOSE_NOTIFY}`, `${TO_HUB} && (${ENDED})`],
      verify: farewell,
      otherwise: [
        {
          filter: `${TO_HUB} && websocket`,
          says: (p) => `Packet ${p.number} is the last that your WebSocket said: ${p.info}`,
        },
        {
          filter: SAID,
          says: (p) => `Packet ${p.number} was said inside TLS; no WebSocket has been there to say goodbye.`,
        },
      ],
      hints: [
        'socket.close() says goodbye in all three layers; terminate(), or the end of the program, just goes.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$TLS' },
    },
  ],
  wrongs: [
    { file: 'wrong/no-password.mjs', step: 'plain', says: 'has no Authorization' },
    {
      file: 'wrong/believes-all.mjs',
      step: 'distrust',
      says: 'believed whoever answered',
      lesson: 'Switch the check off: the password goes to whoever answers.',
    },
    { file: 'wrong/believes-all.mjs', step: 'bye', says: 'no WebSocket has been there' },
    { file: 'wrong/no-name.mjs', step: 'hello', says: 'names no server' },
    { file: 'wrong/no-protocol.mjs', step: 'hello', says: 'does not say what will be spoken' },
    {
      file: 'wrong/in-the-open.mjs',
      step: 'sealed',
      says: 'speaks HTTP in the open',
      lesson: 'http: instead of https: at the port for TLS. The hub hangs up, and the password is out.',
    },
    { file: 'wrong/ws.mjs', step: 'wss', says: 'without TLS: ws' },
    { file: 'wrong/one-word.mjs', step: 'words', says: 'the other word' },
    {
      file: 'wrong/just-goes.mjs',
      step: 'bye',
      says: 'without a close frame and without a close_notify of yours',
    },
  ],
})
