import { lab, type RunView, type Truth } from '../kit/lab.ts'
import { ANSWERED, ASKED, exchanges, first, segmentsOf, textOf } from './evidence.ts'
import { changed, conditional, headersAlone, notModified, recognised, unknownAgain } from './verdicts.ts'

const welcomed = (run: RunView) => exchanges(run, 'http.request.uri=="/"').find(({ code }) => code === 200)

const longPage = (run: RunView) =>
  exchanges(run, 'http.request.method=="GET" && http.request.uri=="/long"').find(({ code }) => code === 200)

export default lab({
  number: 8,
  title: 'HTTP by hand',
  summary: 'Requests typed as text: status, headers, a conditional GET, a long page, keep-alive, a cookie.',
  minutes: 40,
  networks: ['kernel', 'lab'],
  assumes: [3, 4],
  cast: { program: 'cast', plays: 'server' },
  bearsLoss: true,
  door: 'http',
  steps: [
    {
      kind: 'wire',
      id: 'request',
      lookedFor: 'A GET for / with a Host header, and 200 in answer.',
      evidence: [
        `${ASKED} && http.request.method=="GET" && http.request.uri=="/" && http.host`,
        `${ANSWERED} && http.response.code==200`,
      ],
      otherwise: [
        {
          filter: `${ASKED} && !http.host`,
          says: (p) => `Packet ${p.number} has no Host header, which HTTP/1.1 demands; the server says 400.`,
        },
        {
          filter: `${ANSWERED} && http.response.code==400`,
          says: (p) =>
            `Packet ${p.number} says 400 Bad Request: the empty line that ends the head is missing, a line ends otherwise than with \\r\\n, or is no header.`,
        },
        {
          filter: `${ASKED}`,
          says: (p) =>
            `Packet ${p.number} asks ${first(p, 'http.request.method')} ${first(p, 'http.request.uri')}.`,
        },
        {
          filter: 'tcp.dstport==$LISTEN && tcp.len>0',
          says: (p) =>
            `Packet ${p.number} carries ${first(p, 'tcp.len')} bytes that are no whole request: the empty line that ends the head is missing.`,
        },
      ],
      hints: ['Each line ends with \\r\\n. After the last header comes one more \\r\\n: the empty line.'],
      look: { view: 'inspector', filter: 'tcp.port==$LISTEN && http' },
    },
    {
      kind: 'predict',
      id: 'page-bytes',
      truth(run): Truth | undefined {
        const page = welcomed(run)
        return (
          page && {
            value: Number(first(page.response, 'http.content_length')),
            packet: page.response.number,
            because: `Packet ${page.response.number} says so in Content-Length, and its frame ends with as many bytes of page.`,
          }
        )
      },
      mistakes(_truth, run): Record<string, string> {
        const page = welcomed(run)
        if (page === undefined) return {}
        const { response } = page
        const characters = [...textOf(page)].length
        return {
          [characters]: `So many characters. But ü and ß are two bytes each in UTF-8, and Content-Length counts bytes.`,
          [characters - 1]:
            'So many characters without the newline. Content-Length counts bytes, the newline too.',
          [first(response, 'tcp.len')]: 'That is the segment: the status line and the headers are in it too.',
          [first(response, 'frame.len')]:
            'That is the whole frame: the headers of Ethernet, IP and TCP, the head of HTTP, and then the page.',
        }
      },
      hints: ['Open the packet: which header says how long the body is?'],
      look: { view: 'inspector', filter: 'tcp.srcport==$LISTEN && http.response.code==200' },
    },
    {
      kind: 'wire',
      id: 'head',
      lookedFor:
        'HEAD for a page that is there, answered with 200, and for one that is not, answered with 404.',
      evidence: `${ANSWERED} && http.response.code==404`,
      verify: headersAlone,
      otherwise: [
        {
          filter: `${ASKED} && http.request.method=="GET" && http.request.uri in {"/long", "/nowhere"}`,
          says: (p) =>
            `Packet ${p.number} asks with GET, which fetches the page too. HEAD asks for its headers.`,
        },
      ],
      hints: ['The method is the first word of the request: HEAD /long HTTP/1.1'],
    },
    {
      kind: 'wire',
      id: 'conditional',
      lookedFor: 'The note with its ETag, then a GET with If-None-Match and that ETag, and 304 in answer.',
      evidence: [
        `${ANSWERED} && http.header.etag && http.response.code==200`,
        `${ASKED} && http.header.if-none-match`,
        `${ANSWERED} && http.response.code==304`,
      ],
      verify: conditional,
      otherwise: [
        {
          filter: `${ANSWERED} && http.header.etag`,
          says: (p) =>
            `Packet ${p.number} brought the note and its ETag ${first(p, 'http.header.etag')}. Now ask for it on that condition.`,
        },
      ],
      hints: ['If-None-Match: and the ETag as it came, with its quotes.'],
      look: { view: 'packets', filter: `tcp.port==$LISTEN && http` },
    },
    {
      kind: 'predict',
      id: 'not-modified-bytes',
      truth(run): Truth | undefined {
        const known = notModified(run)
        return (
          known && {
            value: 0,
            packet: known.response.number,
            because: `Packet ${known.response.number} has a head and nothing behind it: the client keeps the copy that it has.`,
          }
        )
      },
      mistakes(truth, run): Record<string, string> {
        const known = notModified(run)
        const whole = exchanges(run, 'http.request.uri=="/note"').find(({ code }) => code === 200)
        return {
          ...(known && {
            [first(known.response, 'tcp.len')]: 'So many bytes has the head. How many are behind it?',
          }),
          ...(whole && {
            [first(whole.response, 'http.content_length')]:
              `So many came the first time, in packet ${whole.response.number}. Look what packet ${truth.packet} has behind its head.`,
          }),
        }
      },
    },
    {
      kind: 'wire',
      id: 'changed',
      lookedFor:
        'A PUT of the note, answered with 204; then If-None-Match with the old ETag, and 200 in answer.',
      evidence: `${ASKED} && http.request.method=="PUT" && http.request.uri=="/note"`,
      verify: changed,
      hints: [
        'PUT /note needs Content-Length, so that the server knows where your note ends. Behind the empty line comes the note.',
      ],
    },
    {
      kind: 'wire',
      id: 'long',
      lookedFor: 'GET for /long, and the whole page in answer.',
      evidence: [
        `${ASKED} && http.request.method=="GET" && http.request.uri=="/long"`,
        `${ANSWERED} && http.content_length>9000`,
      ],
      otherwise: [
        {
          filter: `${ASKED} && http.request.method=="HEAD" && http.request.uri=="/long"`,
          says: (p) =>
            `Packet ${p.number} asks with HEAD: that brings the headers alone. GET brings the page.`,
        },
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'segments',
      truth(run): Truth | undefined {
        const page = longPage(run)
        if (page === undefined) return undefined
        const count = segmentsOf(page)
        const { number } = page.response
        return {
          value: count,
          packet: number,
          because:
            count === 1
              ? `One, packet ${number}: a segment of the kernel's loopback may hold 64 kB. On the lab network it takes several.`
              : `${count}: packet ${number} is the last of them, and "Reassembled TCP Segments" in it lists them all.`,
        }
      },
      mistakes(truth, run): Record<string, string> {
        const page = longPage(run)
        if (page === undefined) return {}
        const all = run.find('tcp').filter(({ flow }) => flow === page.response.flow)
        const largest = Math.max(...all.map((packet) => Number(first(packet, 'tcp.len'))))
        const bodyAlone = Math.ceil(Number(first(page.response, 'http.content_length')) / largest)
        return {
          1: `One message, yes, and one line in the list of HTTP. But packet ${truth.packet} is only the last segment of it.`,
          [bodyAlone]:
            'So many for the page alone. The head goes before it in the same stream, and needs room too.',
          [all.length]: 'That is every packet of the conversation. Which of them carry bytes of the answer?',
          [all.filter(({ fromClient }) => fromClient === false).length]:
            'That is every packet from the server: SYN ACK, FIN and bare acknowledgements carry nothing of the page.',
        }
      },
      hints: [
        'In the filter bar: tcp.stream of that conversation, and tcp.len>0. Which of them come from the server?',
      ],
    },
    {
      kind: 'predict',
      id: 'who-am-i',
      choices: ['visit 1', 'visit 2'],
      truth(run): Truth | undefined {
        const second = unknownAgain(run)
        return (
          second && {
            value: textOf(second).trim(),
            packet: second.response.number,
            because: `Packet ${second.response.number} says so. Each request must be understood by itself (RFC 9110 §3.3): nothing in this one says who asks.`,
          }
        )
      },
      replies: {
        'visit 2': (t) =>
          `Packet ${t.packet} came on the same connection, and says visit 1: the connection is not the session. HTTP uses a connection; it is not one.`,
      },
    },
    {
      kind: 'wire',
      id: 'keep-alive',
      lookedFor:
        'Two requests for /visits in one conversation, each after the answer before, the second with Connection: close.',
      evidence: [
        `${ASKED} && http.request.uri=="/visits" && !http.cookie`,
        ANSWERED,
        `${ASKED} && http.request.uri=="/visits" && !http.cookie && lower(http.connection)=="close"`,
        ANSWERED,
      ],
      otherwise: [
        {
          filter: `${ASKED} && http.request.uri=="/visits" && http.request_number==1 && http.request_number==2`,
          says: (p) =>
            `Packet ${p.number} brings both requests at once: the second is to wait until the first answer is whole.`,
        },
        {
          filter: `${ASKED} && http.request.uri=="/visits" && http.request_number==1 && lower(http.connection)=="close"`,
          says: (p) =>
            `Packet ${p.number} is the first request of its connection, and has the server close it: the other must come on it before.`,
        },
        {
          filter: `${ASKED} && http.request.uri=="/visits" && http.request_number==2`,
          says: (p) =>
            `Packet ${p.number} is the second request of its connection: it should say Connection: close, have no cookie, and come when the first was answered.`,
        },
        {
          filter: `${ASKED} && http.request.uri=="/visits" && http.request_number==1`,
          says: (p) => `Packet ${p.number} asks once. The second request belongs on the same connection.`,
        },
      ],
      hints: [
        'Behind the empty line come as many bytes as Content-Length says: then the first answer is whole, and write() asks again.',
      ],
      look: { view: 'ladder', filter: 'tcp.port==$LISTEN' },
    },
    {
      kind: 'wire',
      id: 'cookie',
      lookedFor: 'A cookie that the server gave, shown again on another connection, and recognised.',
      evidence: `${ASKED} && http.cookie`,
      verify: recognised,
      otherwise: [
        {
          filter: 'tcp.dstport==$LISTEN && http.request && http.set_cookie',
          says: (p) =>
            `Packet ${p.number} says Set-Cookie, which is the server's word. The client's header is called Cookie.`,
        },
        {
          filter: `${ANSWERED} && http.set_cookie`,
          says: (p) => `Packet ${p.number} gave you a cookie; no request of yours has shown it.`,
        },
      ],
      hints: ['Cookie: sid=… with what came before the first semicolon of Set-Cookie.'],
    },
  ],
  wrongs: [
    {
      file: 'wrong/no-empty-line.mjs',
      step: 'request',
      says: 'the empty line that ends the head is missing',
    },
    { file: 'wrong/no-host.mjs', step: 'request', says: 'has no Host header' },
    { file: 'wrong/get-for-head.mjs', step: 'head', says: 'asks with GET' },
    { file: 'wrong/no-quotes.mjs', step: 'conditional', says: 'with the quotes' },
    {
      file: 'wrong/by-date.mjs',
      step: 'changed',
      says: 'Last-Modified counts whole seconds',
      lesson: 'Ask by the date instead of the ETag: a change within the same second goes unnoticed.',
    },
    { file: 'wrong/characters.mjs', step: 'changed', says: 'its Content-Length is 13' },
    { file: 'wrong/head-for-page.mjs', step: 'long', says: 'asks with HEAD' },
    {
      file: 'wrong/two-connections.mjs',
      step: 'keep-alive',
      says: 'is the first request of its connection',
      lesson: 'A connection for each request: three segments before each question, and one round trip.',
    },
    { file: 'wrong/both-at-once.mjs', step: 'keep-alive', says: 'brings both requests at once' },
    { file: 'wrong/whole-line.mjs', step: 'cookie', says: 'repeats HttpOnly' },
    { file: 'wrong/set-cookie.mjs', step: 'cookie', says: "the server's word" },
  ],
})
