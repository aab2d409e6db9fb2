import { lab, type NearMiss } from '../kit/lab.ts'
import {
  ACK,
  acked,
  ackTo,
  counted,
  crossed,
  FROM_SERVER,
  lostOrder,
  sends,
  sent,
  TO_SERVER,
  tooLate,
  twice,
  volatileDropped,
} from './evidence.ts'

/** What is said before anything of a step has come. */
const none = (events: string): NearMiss[] => [
  {
    filter: `${FROM_SERVER} && socketio.type==0 && socketio.sid`,
    says: (p) => `Packet ${p.number} connected a client of yours; ${events} of yours has come.`,
  },
]
const ms = (from: number, to: number) => `${Math.round((to - from) * 1000)} ms`

export default lab({
  number: 13,
  title: 'Acks and delivery',
  summary:
    'Ask for an answer, stop waiting for it, let events go, and send them twice: what is known of delivery.',
  minutes: 40,
  networks: ['kernel', 'lab'],
  assumes: [3, 11, 12],
  bearsLoss: true,
  cast: { program: 'cast', plays: 'server' },
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'ack-id',
      truth(run) {
        const asking = run.find(`${TO_SERVER} && socketio.type==2 && socketio.ack_id`)[0]
        const id = asking?.values('socketio.ack_id')[0]
        if (asking === undefined || id === undefined) return undefined
        return {
          value: Number(id),
          packet: asking.number,
          because: `Packet ${asking.number} begins 42${id}: Engine.IO's message, Socket.IO's event, and your ack id, which counts from 0.`,
        }
      },
      replies: {
        '1': (t) => `It counts from 0: packet ${t.packet}.`,
        '42': (t) =>
          `4 is Engine.IO's message and 2 is Socket.IO's event. The id comes behind them, in packet ${t.packet}.`,
        '420': (t) =>
          `Three numbers stand there without anything between: 4, 2, and the id. Look at packet ${t.packet}.`,
        '20': (t) => `The 2 says that it is an event. Look at packet ${t.packet}.`,
      },
      hints: ['<type>[<attachments>-][<namespace>,][<ack id>][JSON], behind the digit of Engine.IO.'],
      look: { view: 'inspector', filter: sends('hello') },
    },
    {
      kind: 'wire',
      id: 'acked',
      lookedFor: 'hello with an ack id, and an ACK (type 3) with the same id.',
      evidence: [`${sends('hello')} && socketio.ack_id`, ACK],
      verify: acked,
      otherwise: none('no hello'),
      hints: ["await socket.emitWithAck('hello'), or a function as the last argument of emit."],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'out-of-order',
      lookedFor:
        'Two events that wait for their acks at once, and the ack of the second before that of the first.',
      evidence: [sends('slow'), sends('hello'), ACK],
      verify: crossed,
      otherwise: none('no slow'),
      hints: ['Keep the promise of slow in a variable, emit hello, and await both at the end.'],
      look: { view: 'ladder', filter: 'socketio' },
    },
    {
      kind: 'predict',
      id: 'tcp-ack',
      choices: [
        'its program has handled the event',
        'its program will handle the event',
        'its TCP has the bytes',
      ],
      truth(run) {
        const [slow] = sent(run, 'slow')
        const answer = slow && ackTo(run, slow)
        if (slow === undefined || answer === undefined) return undefined
        const end = Number(slow.packet.values('tcp.nxtseq')[0])
        const taken = run
          .find(`${FROM_SERVER} && tcp.ack>=${end}`)
          .find((p) => p.flow === slow.packet.flow && p.number > slow.packet.number)
        if (taken === undefined) return undefined
        return {
          value: 'its TCP has the bytes',
          packet: taken.number,
          because: `Packet ${taken.number} acknowledges them, ${ms(slow.packet.time, taken.time)} after slow was sent; the handler's answer came in packet ${answer.number}, after ${ms(slow.packet.time, answer.time)}. What comes of the event in the end is not said in the first.`,
        }
      },
      replies: {
        'its program has handled the event': (t) =>
          `Packet ${t.packet} came long before the handler had answered. Host speaks to host there, not program to program.`,
        'its program will handle the event': (t) =>
          `Nobody promises that: between packet ${t.packet} and the handler the program may crash. Step 8 shows one that does.`,
      },
      look: { view: 'ladder', filter: sends('slow') },
    },
    {
      kind: 'wire',
      id: 'gave-up',
      lookedFor: 'slow with 500, your gave-up before it was answered, and its ack all the same, behind that.',
      evidence: [sends('slow'), sends('gave-up'), ACK],
      verify: tooLate,
      otherwise: none('no slow with 500'),
      hints: ["socket.timeout(200).emitWithAck('slow', 500) rejects after 200 ms: catch that."],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'volatile',
      lookedFor:
        'tock from 1 on, without a gap, and of tick only what was emitted when there was a connection.',
      evidence: `${TO_SERVER} && (socketio.event=="tick" || socketio.event=="tock")`,
      verify: volatileDropped,
      otherwise: none('no tock'),
      hints: [
        "ticker.volatile.emit('tick', n) and then ticker.emit('tock', n), from the line behind io(…) on.",
        'Go on for some rounds after ticker.connected has become true.',
      ],
      look: { view: 'packets' },
    },
    {
      kind: 'predict',
      id: 'lost-count',
      truth(run) {
        const told = counted(run, 'butter')
        if (told === undefined || !lostOrder(run).done) return undefined
        return {
          value: told.times,
          packet: told.ack.number,
          because: `Packet ${told.ack.number} says so. The order was sent once, the connection ended, and Socket.IO did not send it again: at most once is what it promises by itself.`,
        }
      },
      replies: {
        '1': (t) =>
          `It was sent, and the server's TCP may even have acknowledged it; then the program that should have read it was gone. Nobody sent it again: packet ${t.packet}.`,
        '2': (t) =>
          `That would need somebody who sends it again. Without retries Socket.IO does not: packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: sends('order') },
    },
    {
      kind: 'wire',
      id: 'at-most-once',
      lookedFor:
        'The order of butter, once; the crash; and in a new connection the answer that it was counted 0 times.',
      evidence: [sends('order'), sends('crash')],
      verify: lostOrder,
      otherwise: none('no order of butter with a crash behind it'),
      hints: [
        "socket.emit('order', 'butter') and socket.emit('crash'), with nothing between.",
        "await new Promise((resolve) => socket.once('connect', resolve)), then emitWithAck('count', 'butter').",
      ],
      look: { view: 'ladder', filter: 'socketio || tcp.flags.fin==1 || tcp.flags.reset==1' },
    },
    {
      kind: 'predict',
      id: 'retry-count',
      truth(run) {
        const paid = twice(run, false)
        if (!paid.done || paid.times === undefined) return undefined
        return {
          value: paid.times,
          packet: paid.packet,
          because: `Packet ${paid.packet} says so: it was not the payment that was late, but the answer. At least once is what retries promise.`,
        }
      },
      replies: {
        '1': (t) =>
          `It was sent again while its first answer was still to come, and the server can't know that it is the same: packet ${t.packet}.`,
        '3': (t) =>
          `retries: 5 allows more; but the second try was answered at once, so there was no third: packet ${t.packet}.`,
        '0': (t) => `Its first try had arrived, and was counted: packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: sends('pay') },
    },
    {
      kind: 'wire',
      id: 'at-least-once',
      lookedFor: 'pay twice for the same, with different ack ids, and the answer that it was counted twice.',
      evidence: [sends('pay'), sends('pay'), sends('count')],
      verify: (run) => twice(run, false),
      otherwise: none('no pay without an id'),
      hints: [
        'io(url, { ...websocket, retries: 5, ackTimeout: 400 }): one client for this and the next step.',
      ],
      look: { view: 'packets', filter: sends('pay') },
    },
    {
      kind: 'wire',
      id: 'same-id',
      lookedFor: 'pay twice with the same id of your own, and the answer that it was counted once.',
      evidence: [sends('pay'), sends('pay'), sends('count')],
      verify(run) {
        const paid = twice(run, true)
        if (!paid.done || paid.times === 1) return paid
        return {
          done: false,
          seen: `Packet ${paid.packet} says ${paid.times}: the id was not the same, or that was paid for without one before.`,
          packet: paid.packet,
        }
      },
      otherwise: none('no pay with an id'),
      hints: ["emitWithAck('pay', 'tax', crypto.randomUUID()): a retry sends the same arguments again."],
      look: { view: 'packets', filter: sends('pay') },
    },
  ],
  wrongs: [
    { file: 'wrong/no-questions.mjs', step: 'acked', says: 'asks for no ack' },
    {
      file: 'wrong/no-questions.mjs',
      step: 'volatile',
      says: 'it was kept, so it was not volatile',
      lesson: 'Old ticks that nobody needs any more are kept, and sent all at once.',
    },
    { file: 'wrong/one-by-one.mjs', step: 'out-of-order', says: 'emit hello before that has come' },
    { file: 'wrong/one-by-one.mjs', step: 'gave-up', says: 'your timeout was longer' },
    {
      file: 'wrong/asks-the-dying.mjs',
      step: 'at-most-once',
      says: 'the promise is rejected, and that ends a program',
    },
    { file: 'wrong/by-hand.mjs', step: 'at-most-once', says: 'you have sent it again yourself' },
    {
      file: 'wrong/by-hand.mjs',
      step: 'same-id',
      says: 'carry different ids',
      lesson: 'A new id for each try: the server takes them for two payments.',
    },
    { file: 'wrong/patient.mjs', step: 'at-least-once', says: 'carries the payment, once' },
  ],
})
