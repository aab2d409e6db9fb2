import { lab } from '../kit/lab.ts'
import {
  around,
  bothBusy,
  bothConnected,
  broughtBack,
  busy,
  CUT_STEP,
  cameBack,
  caughtUp,
  FROM_SERVER,
  lastNews,
  lostNotes,
  news,
  noted,
  number,
  recovered,
  TO_SERVER,
} from './evidence.ts'

/** Seconds: longer than either side needs to notice. */
const CABLE_OUT = 3
const NEWS_AND_NOTES = 'socketio.event=="news" || socketio.event=="note"'
const range = (numbers: readonly number[]) => `${Math.min(...numbers)} to ${Math.max(...numbers)}`

export default lab({
  number: 14,
  title: 'The cut cable',
  summary: 'Pull the cable of two clients: what is lost, what is kept, and what recovery brings back.',
  minutes: 35,
  networks: ['lab'],
  assumes: [3, 11, 12, 13],
  bearsLoss: true,
  cast: { program: 'cast', plays: 'server' },
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'same-id',
      choices: ['the same as before', 'another one'],
      truth(run) {
        const { old, young } = around(run, 'plain')
        if (old === undefined || young === undefined) return undefined
        const same = old.id === young.id
        return {
          value: same ? 'the same as before' : 'another one',
          packet: young.answer.number,
          because: `Packet ${old.answer.number} gave it ${old.id}, and packet ${young.answer.number} ${young.id}: to the server it is a newcomer. Reconnecting is not resuming.`,
        }
      },
      replies: {
        'the same as before': (t) =>
          `Packet ${t.packet} gives it a new one. Whatever the server had noted under the old id (its rooms, its name, what it had missed) went with that.`,
      },
      hints: [
        'What does the server know of a client that comes back, if it says nothing of having been there?',
      ],
      look: { view: 'packets', filter: `${FROM_SERVER} && socketio.type==0` },
    },
    {
      kind: 'wire',
      id: 'two-clients',
      lookedFor:
        'A client let in at /plain/, and one at the usual path, to which the server gives a pid as well.',
      evidence: `${FROM_SERVER} && socketio.type==0 && socketio.sid`,
      verify: bothConnected,
      hints: ["io(url, { ...options, path: '/plain/' }) and io(url, options)."],
      look: { view: 'inspector' },
    },
    {
      kind: 'wire',
      id: 'busy',
      lookedFor: 'From each client three notes with a number and true, and three news to it.',
      evidence: NEWS_AND_NOTES,
      verify: bothBusy,
      hints: [
        "setInterval(…, 200), and in it kept.emit('note', number, kept.connected), and the same of plain.",
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'whose',
      choices: ['what the server has emitted', 'what the client has emitted', 'both'],
      truth(run) {
        const { old, young } = around(run, 'kept')
        const told = lostNotes(run)
        if (old === undefined || young === undefined || told === undefined) return undefined
        const had = lastNews(run, old)
        const [next] = news(run, young)
        if (had === undefined || next === undefined || told.lost.length === 0) return undefined
        if (number(next) !== number(had) + 1) return undefined
        return {
          value: 'what the server has emitted',
          packet: told.list.number,
          because: `News go on behind ${number(had)} with ${number(next)} (packet ${next.packet.number}), as if nothing had been; of your notes ${range(told.lost)} are missing in the server's list (packet ${told.list.number}).`,
        }
      },
      replies: {
        'what the client has emitted': (t) =>
          `It is the server that keeps a log. Notes that were sent into the cut are missing in its list, packet ${t.packet}.`,
        both: (t) =>
          `The news came back; but notes that were sent into the cut are missing in the server's list, packet ${t.packet}: for those you need acks and retries (lab 13).`,
      },
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: CUT_STEP,
      networks: ['lab'],
      cable: {
        when: busy,
        cut: ['your server'],
        forSeconds: CABLE_OUT,
        words: {
          before: 'Still in. The lab pulls it when both clients are busy.',
          during: `The lab has pulled the server’s cable, for ${CABLE_OUT} seconds.`,
          after: 'It is in again: who comes back, and as who?',
        },
      },
      lookedFor: 'Both clients, let in again when the cable was in again.',
      evidence: `link.fate=="cut" || (${FROM_SERVER} && socketio.type==0)`,
      verify: cameBack,
      otherwise: [
        {
          filter: `${FROM_SERVER} && socketio.type==0 && socketio.sid`,
          says: (p) => `Packet ${p.number} let a client in. The cable is pulled when both are busy.`,
        },
      ],
      hints: [
        'Nothing is to be done but to stay: a client reconnects by itself unless it was closed, or reconnection is false.',
        "The starter's last line closes plain after two seconds: take it out.",
      ],
      look: { view: 'heartbeats' },
    },
    {
      kind: 'wire',
      id: 'catch-up',
      cableOf: CUT_STEP,
      lookedFor:
        "The plain client's since, with the number of the last news it had before the cut, and the answer.",
      evidence: [`${TO_SERVER} && socketio.event=="since"`, `${FROM_SERVER} && socketio.type==3`],
      verify: caughtUp,
      otherwise: [
        {
          filter: 'link.fate=="cut"',
          says: (p) => `Packet ${p.number} fell out of the cut cable; the plain client is not back yet.`,
        },
      ],
      hints: [
        "plain.on('news', …) keeps the number; plain.on('connect', …) asks, if there is one already.",
        'The connect event comes before any news of the new connection: the number is still the old one then.',
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'wire',
      id: 'recovered',
      cableOf: CUT_STEP,
      lookedFor:
        "The kept client's CONNECT with pid and offset, and the same id in the answer as before the cut.",
      evidence: [`${TO_SERVER} && socketio.type==0 && socketio.pid`, `${FROM_SERVER} && socketio.type==0`],
      verify: recovered,
      otherwise: [
        {
          filter: 'link.fate=="cut"',
          says: (p) => `Packet ${p.number} fell out of the cut cable; the kept client is not back yet.`,
        },
      ],
      hints: ['Keep the client that you have: its pid and its offset are in it.'],
      look: { view: 'inspector', filter: 'tcp.port==$LISTEN && socketio.pid' },
    },
    {
      kind: 'predict',
      id: 'brought-back',
      truth(run) {
        const count = broughtBack(run)
        const { young } = around(run, 'kept')
        if (count === undefined || young === undefined) return undefined
        const { answer } = young
        return {
          value: count,
          packet: answer.number,
          because: `${count} news came ahead of the answer to its CONNECT, in packet ${answer.number}${count > 1 ? ' or before it' : ''}: all behind the offset that it named.`,
        }
      },
      replies: {
        '0': (t) =>
          `That is the plain client. Look at what came to the kept one ahead of its id, in packet ${t.packet}.`,
      },
      mistakes(truth, run) {
        const lost = lostNotes(run)?.lost.length ?? 0
        return {
          [lost]: `So many of your own notes were lost. The question is what came back: see packet ${truth.packet}.`,
        }
      },
      hints: [
        'Count the news of the new connection that stand before the CONNECT with the id.',
        'Several may be in one packet; their numbers help: that of the first one there, and that of the first behind the CONNECT.',
      ],
      look: { view: 'ladder', filter: `${FROM_SERVER} && socketio.pid` },
    },
    {
      kind: 'wire',
      id: 'noted',
      cableOf: CUT_STEP,
      lookedFor:
        'From the kept client, back again: notes that were emitted without a connection; and the list of those that came.',
      evidence: [`${TO_SERVER} && socketio.event=="note"`, `${TO_SERVER} && socketio.event=="notes"`],
      verify: noted,
      otherwise: [
        {
          filter: 'link.fate=="cut" && socketio.event=="note"',
          says: (p) =>
            `Packet ${p.number} carries a note into the cut cable. It is not known yet what comes of it.`,
        },
      ],
      hints: ["kept.on('connect', …): if kept.recovered, await kept.emitWithAck('notes')."],
      look: { view: 'ladder' },
    },
  ],
  wrongs: [
    { file: 'wrong/one-client.mjs', step: 'two-clients', says: 'there is none at /plain/ yet' },
    { file: 'wrong/silent.mjs', step: 'busy', says: 'it has sent 0 notes since' },
    { file: 'wrong/gives-up.mjs', step: CUT_STEP, says: 'no client has been let in since' },
    {
      file: 'wrong/starts-anew.mjs',
      step: 'catch-up',
      says: 'are missing, and nobody has asked for them',
      lesson: 'Reconnecting is taken for resuming: the plain client misses news and does not notice.',
    },
    {
      file: 'wrong/starts-anew.mjs',
      step: 'recovered',
      says: 'is a CONNECT without a pid',
      lesson: 'A new client for each disconnect: the pid stays behind in the old one.',
    },
    { file: 'wrong/starts-anew.mjs', step: 'noted', says: 'none that was emitted without a connection' },
    {
      file: 'wrong/no-callback.mjs',
      step: 'catch-up',
      says: 'asks for the news without an ack id',
      lesson: 'The client asks, and takes no callback: its question has no ack id, and nobody can answer.',
    },
    {
      file: 'wrong/no-callback.mjs',
      step: 'noted',
      says: 'asks for the list of the notes without an ack id',
    },
  ],
})
