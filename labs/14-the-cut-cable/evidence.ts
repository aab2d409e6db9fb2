/** What the steps of lab 14 look for in the learner's packets: two clients, before the cut and behind it. */
import { answerTo, eventsIn, type SeenEvent } from '../kit/events.ts'
import type { Held, RunView, Sighting, Verdict } from '../kit/lab.ts'

export const FROM_SERVER = 'tcp.srcport==$LISTEN'
export const TO_SERVER = 'tcp.dstport==$LISTEN'
/** The step whose cable is cut. */
export const CUT_STEP = 'back'

const NOT_YET: Verdict = { done: false }
const not = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })

export type Client = 'plain' | 'kept'

/** One connection of a client, as the answer to its CONNECT has it. */
export interface Session {
  readonly answer: Sighting
  /** Engine.IO's. */
  readonly sid: string
  /** Socket.IO's: `socket.id`. */
  readonly id: string
  /** Whether it can be recovered. */
  readonly hasPid: boolean
}

/** All connections of a client, in order. */
export function sessions(run: RunView, client: Client): readonly Session[] {
  const plain = run.find(`${TO_SERVER} && http.request.uri contains "/plain/"`)
  const flows = new Set(plain.map(({ flow }) => flow))
  return run
    .find(`${FROM_SERVER} && socketio.type==0 && socketio.sid`)
    .filter(({ flow }) => flows.has(flow) === (client === 'plain'))
    .map((answer) => ({
      answer,
      sid: String(answer.values('engineio.sid')[0]),
      id: String(answer.values('socketio.sid')[0]),
      hasPid: answer.values('socketio.pid').length > 0,
    }))
}

export const cut = (run: RunView): Held | undefined => run.held(CUT_STEP)[0]

/** The last connection before the cut, and the first behind it. */
export function around(run: RunView, client: Client): { old?: Session; young?: Session } {
  const held = cut(run)
  const all = sessions(run, client)
  const old = all.filter(({ answer }) => held === undefined || answer.time < held.since).at(-1)
  const young = held && all.find(({ answer }) => answer.time > held.since)
  return { ...(old && { old }), ...(young && { young }) }
}

const inSession = ({ sid }: Session) => `engineio.sid=="${sid}"`
export const number = ({ args }: SeenEvent) => Number(args[0])

export const notes = (run: RunView, of: Session) => eventsIn(run, `${TO_SERVER} && ${inSession(of)}`, 'note')
export const news = (run: RunView, of: Session) => eventsIn(run, `${FROM_SERVER} && ${inSession(of)}`, 'news')

/**
 * The last news that the client got before the cable was pulled: what it has acknowledged by then. News behind a hole in
 * the stream, or those that the old connection brings later, nobody reads.
 */
export function lastNews(run: RunView, old: Session): SeenEvent | undefined {
  const until = cut(run)?.until ?? Number.POSITIVE_INFINITY
  const acks = run
    .find(`${TO_SERVER} && tcp.flags.ack==1`)
    .filter((packet) => packet.flow === old.answer.flow && packet.time < until)
    .map((packet) => Number(packet.values('tcp.ack')[0]))
  const taken = Math.max(0, ...acks)
  return news(run, old)
    .filter(({ packet }) => packet.time < until && Number(packet.values('tcp.nxtseq')[0]) <= taken)
    .toSorted((a, b) => number(a) - number(b))
    .at(-1)
}

export function bothConnected(run: RunView): Verdict {
  const [plain] = sessions(run, 'plain')
  const [kept] = sessions(run, 'kept')
  if (plain && kept?.hasPid) return { done: true, packet: kept.answer.number }
  const one = plain ?? kept
  if (one === undefined) return NOT_YET
  const path = plain ? 'the usual path' : '/plain/'
  return not(one.answer, `Packet ${one.answer.number} let a client in; there is none at ${path} yet.`)
}

/** Enough is going on for a cut to be worth while. */
const MIN_EVENTS = 3

/** The note with which both clients have sent enough, and heard enough. */
export function busy(run: RunView): Sighting | undefined {
  const lasts = (['plain', 'kept'] as const).map((client) => {
    const [first] = sessions(run, client)
    const note = first && notes(run, first)[MIN_EVENTS - 1]
    const heard = first && news(run, first)[MIN_EVENTS - 1]
    return note && heard ? note.packet : undefined
  })
  const [plain, kept] = lasts
  return plain && kept
}

export function bothBusy(run: RunView): Verdict {
  const packet = busy(run)
  if (packet) return { done: true, packet: packet.number }
  for (const client of ['plain', 'kept'] as const) {
    const [first] = sessions(run, client)
    if (first === undefined) continue
    const sent = notes(run, first)
    const odd = sent.find(({ args }) => args.length < 2 || !Number.isInteger(args[0]))
    if (odd) {
      return not(
        odd.packet,
        `Packet ${odd.packet.number} carries a note with ${JSON.stringify(odd.args)}: a number and whether it is connected are wanted.`,
      )
    }
    if (sent.length < MIN_EVENTS) {
      return not(
        first.answer,
        `Packet ${first.answer.number} let the ${client} client in; it has sent ${sent.length} notes since.`,
      )
    }
  }
  return NOT_YET
}

/** Both have connected again, by themselves, when the cable was in again. */
export function cameBack(run: RunView): Verdict {
  const held = cut(run)
  if (held === undefined) return NOT_YET
  const young = (['plain', 'kept'] as const).flatMap((client) => {
    const session = around(run, client).young
    return session ? [{ client, session }] : []
  })
  const [one, other] = young
  if (one && other) {
    return { done: true, packet: Math.max(one.session.answer.number, other.session.answer.number) }
  }
  if (one) {
    const { number } = one.session.answer
    return not(
      one.session.answer,
      `Packet ${number} let the ${one.client} client in again; the other is still out.`,
    )
  }
  const begun = held.packet?.number
  return {
    done: false,
    seen: `The cable was pulled behind packet ${begun}; no client has been let in since.`,
    ...(begun !== undefined && { packet: begun }),
  }
}

const canBeAnswered = ({ packet }: SeenEvent) => packet.values('socketio.ack_id').length > 0

function unanswered(asked: SeenEvent, what: string): Verdict {
  const { packet } = asked
  return not(
    packet,
    `Packet ${packet.number} asks for ${what}${canBeAnswered(asked) ? '; it has not been answered' : ' without an ack id: it can’t be answered'}.`,
  )
}

/** The plain client asks for what it missed, by the number of the last that it had. */
export function caughtUp(run: RunView): Verdict {
  const { old, young } = around(run, 'plain')
  const had = old && lastNews(run, old)
  if (young === undefined || had === undefined) return NOT_YET
  const [asked] = eventsIn(run, `${TO_SERVER} && ${inSession(young)}`, 'since')
  if (asked === undefined) {
    const [next] = news(run, young)
    return next
      ? not(
          next.packet,
          `News ${number(had)} came last before the cut (packet ${had.packet.number}), and news ${number(next)} first behind it (packet ${next.packet.number}): ${number(next) - number(had) - 1} are missing, and nobody has asked for them.`,
        )
      : NOT_YET
  }
  if (!canBeAnswered(asked)) return unanswered(asked, 'the news')
  if (number(asked) !== number(had)) {
    return not(
      asked.packet,
      `Packet ${asked.packet.number} asks for the news since ${number(asked)}; packet ${had.packet.number} had brought ${number(had)}.`,
    )
  }
  const answer = answerTo(run, asked)
  if (answer) return { done: true, packet: answer.packet.number }
  return unanswered(asked, 'the news')
}

/** The kept client names its pid and its offset, and is the same again. */
export function recovered(run: RunView): Verdict {
  const { old, young } = around(run, 'kept')
  if (old === undefined || young === undefined) return NOT_YET
  const [connect] = run.find(`${TO_SERVER} && ${inSession(young)} && socketio.type==0`)
  if (connect === undefined) return NOT_YET
  if (connect.values('socketio.pid').length === 0) {
    return not(
      connect,
      `Packet ${connect.number} is a CONNECT without a pid: a new client, of whom the server knows nothing. Keep the old one, and let it connect again by itself.`,
    )
  }
  if (connect.values('socketio.offset').length === 0) {
    return not(
      connect,
      `Packet ${connect.number} names its pid and no offset: it had not got any event before the cut.`,
    )
  }
  if (old.id === young.id) return { done: true, packet: young.answer.number }
  return not(
    young.answer,
    `Packet ${young.answer.number} gives it another id: the server could not recover it any more.`,
  )
}

/** How many news came to the kept client ahead of the answer to its CONNECT. */
export function broughtBack(run: RunView): number | undefined {
  const { young } = around(run, 'kept')
  if (young === undefined || !recovered(run).done) return undefined
  const { answer } = young
  const types = answer.values('socketio.type').map(Number)
  const ahead = types.slice(0, types.indexOf(0)).filter((type) => type === 2).length
  return ahead + news(run, young).filter(({ packet }) => packet.number < answer.number).length
}

/** The notes of the kept client that were sent and never reached the server's program, as its list says. */
export function lostNotes(
  run: RunView,
): { readonly list: Sighting; readonly lost: readonly number[] } | undefined {
  const { old, young } = around(run, 'kept')
  if (old === undefined || young === undefined) return undefined
  const [asked] = eventsIn(run, `${TO_SERVER} && ${inSession(young)}`, 'notes')
  const answer = asked && answerTo(run, asked)
  const list = answer?.args[0]
  if (answer === undefined || !Array.isArray(list)) return undefined
  const lost = notes(run, old)
    .map(number)
    .filter((n) => !list.includes(n))
  return { list: answer.packet, lost: [...new Set(lost)] }
}

/** Notes from the time without a connection came later; those from before it was noticed never did. */
export function noted(run: RunView): Verdict {
  const { young } = around(run, 'kept')
  if (young === undefined) return NOT_YET
  const sent = notes(run, young)
  const buffered = sent.find(({ args }) => args[1] === false)
  const [first] = sent
  if (first === undefined) {
    return not(
      young.answer,
      `Packet ${young.answer.number} let the kept client in again; no note has come since.`,
    )
  }
  if (buffered === undefined) {
    return not(
      first.packet,
      `Packet ${first.packet.number} carries note ${number(first)}, the first since; none that was emitted without a connection has come. Emit them all the while, and not volatile.`,
    )
  }
  const told = lostNotes(run)
  if (told) return { done: true, packet: told.list.number }
  const [asked] = eventsIn(run, `${TO_SERVER} && ${inSession(young)}`, 'notes')
  if (asked) return unanswered(asked, 'the list of the notes')
  return not(
    buffered.packet,
    `Packet ${buffered.packet.number} carries note ${number(buffered)}, which was kept. The list of the server's notes has not been asked for since.`,
  )
}
