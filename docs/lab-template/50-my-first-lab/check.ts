import { lab, type RunView, type Sighting, type Truth } from 'wirelab/kit'

const ASKED = 'tcp.dstport==$HUB && http.request.uri=="/nowhere"'
const REFUSED = 'tcp.srcport==$HUB && http.response.code==404'
/** What the server calls the length of its page. */
const LENGTH = 'http.content_length_header'

/** The answer to the first request for the page that is not there. */
function refusal(run: RunView): Sighting | undefined {
  const [asked] = run.find(ASKED)
  return run.find(REFUSED).find(({ flow, number }) => flow === asked?.flow && number > Number(asked?.number))
}

export default lab({
  number: 50,
  title: 'A page that is not there',
  summary: 'Ask for what a web server does not have: 404 is an answer, and the connection stays.',
  minutes: 20,
  networks: ['kernel', 'lab'],
  assumes: [8],
  bearsLoss: true,
  steps: [
    {
      kind: 'predict',
      id: 'what-comes',
      choices: ['nothing', 'an answer', 'RST'],
      truth(run): Truth | undefined {
        const answer = refusal(run)
        return (
          answer && {
            value: 'an answer',
            packet: answer.number,
            because: `Packet ${answer.number} is one like any other: a status line, headers, a page.`,
          }
        )
      },
      // Answers that people give, in lower case, each with what its giver should look at.
      replies: {
        nothing: ({ packet }) => `Packet ${packet} is not nothing: it says 404, and why.`,
        rst: ({ packet }) =>
          `RST would be TCP refusing: no program at that port. A program was there, and spoke in packet ${packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'not-there',
      lookedFor: 'A request for /nowhere, and 404 in answer.',
      // In this order, within one conversation.
      evidence: [ASKED, REFUSED],
      // Tried in order while the step is open: the first that matches speaks.
      otherwise: [
        {
          filter: 'tcp.dstport==$HUB && http.request',
          says: (p) => `Packet ${p.number} asks for ${p.values('http.request.uri')[0]}, which is there.`,
        },
      ],
      hints: ["await ask('/nowhere')"],
      look: { view: 'ladder', filter: 'tcp.port==$HUB && http' },
    },
    {
      kind: 'predict',
      id: 'page-bytes',
      truth(run): Truth | undefined {
        const answer = refusal(run)
        return (
          answer && {
            value: Number(answer.values(LENGTH)[0]),
            packet: answer.number,
            because: `Packet ${answer.number} says so itself, in Content-Length.`,
          }
        )
      },
      // The same for wrong answers that only this run's numbers tell.
      mistakes(_truth, run): Record<string, string> {
        const answer = refusal(run)
        if (answer === undefined) return {}
        return {
          [Number(answer.values('tcp.len')[0])]: 'That is the whole response: its head is in it too.',
          [Number(answer.values('frame.len')[0])]:
            "That is the frame: the headers of Ethernet, IP and TCP, and the response's head are in it too.",
        }
      },
      hints: ['Which header says how long the body is?'],
      look: { view: 'inspector', filter: REFUSED },
    },
    {
      kind: 'wire',
      id: 'goes-on',
      lookedFor: 'Behind the 404, on the same connection, a request for /clients, and 200 in answer.',
      evidence: [
        REFUSED,
        'tcp.dstport==$HUB && http.request.uri=="/clients"',
        'tcp.srcport==$HUB && http.response.code==200',
      ],
      otherwise: [
        {
          filter: 'tcp.dstport==$HUB && http.request.uri=="/clients"',
          says: (p) =>
            `Packet ${p.number} asks for /clients, but on another connection than that of the 404, or before it.`,
        },
        {
          filter: REFUSED,
          says: (p) => `Packet ${p.number} says 404; nothing was asked behind it.`,
        },
      ],
      hints: ['new http.Agent({ keepAlive: true, maxSockets: 1 }), and ask for both, one behind the other.'],
      look: { view: 'ladder', filter: 'tcp.port==$HUB' },
    },
  ],
  // Programs that go wrong in one step each, and what is said of it then: the tests run them.
  wrongs: [
    { file: 'wrong/another-page.mjs', step: 'not-there', says: 'asks for /clients, which is there' },
    {
      file: 'wrong/hangs-up.mjs',
      step: 'goes-on',
      says: 'but on another connection',
      lesson: 'A client that says "Connection: close": what it costs to ask twice.',
    },
  ],
})
