/** What the steps of lab 11 look for in the learner's packets. */
import { eventsIn, type SeenEvent } from '../kit/events.ts'
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

export const FROM_SERVER = 'tcp.srcport==$LISTEN'
export const TO_SERVER = 'tcp.dstport==$LISTEN'
export const out = (event: string) => `${FROM_SERVER} && socketio.event=="${event}"`
export const spoken = `${TO_SERVER} && socketio.event=="speak"`
export const whispered = `${TO_SERVER} && socketio.event=="whisper"`
/** Whoever does so first has ended the conversation. */
const ENDS = 'socketio.type==1 || websocket.opcode==8 || tcp.flags.fin==1 || tcp.flags.reset==1'
const NOT_YET: Verdict = { done: false }

const not = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })
const args = (packet: Sighting) => packet.values('socketio.args').join()
const flows = (packets: readonly Sighting[]) => new Set(packets.map((p) => p.flow)).size

/** Where the server accepted a Socket.IO client: its CONNECT answered with an id. */
function clients(run: RunView): readonly Sighting[] {
  return run.find(`${FROM_SERVER} && socketio.type==0 && socketio.sid`)
}

/** B and C get what A spoke, and A doesn't. */
function heardByOthers(run: RunView, text: string): Verdict {
  const speak = run.find(spoken).find((p) => args(p).includes(text))
  if (speak === undefined) return NOT_YET
  const copies = run.find(out('incoming-message')).filter((p) => args(p).includes(text))
  const back = copies.find((p) => p.flow === speak.flow)
  if (back !== undefined) {
    return not(
      back,
      `Packet ${back.number} brought incoming-message to A, who had spoken. socket.broadcast leaves the speaker out.`,
    )
  }
  const last = copies.at(-1)
  if (last !== undefined && flows(copies) >= 2) return { done: true, packet: last.number }
  return not(
    speak,
    `A spoke in packet ${speak.number} (${text}), and incoming-message went to ${flows(copies)} of the 2 others.`,
  )
}

/** A is answered with `spoken`, and nobody else is. */
function answered(run: RunView, heard: Verdict & { done: true }): Verdict {
  const [speak] = run.find(spoken)
  const answers = run.find(out('spoken'))
  const stray = answers.find((p) => p.flow !== speak?.flow)
  if (stray !== undefined) {
    return not(
      stray,
      `Packet ${stray.number} brought spoken to a client that had not spoken. socket.emit reaches the speaker alone.`,
    )
  }
  if (answers.length > 0) return heard
  return {
    ...heard,
    done: false,
    seen: `B and C heard it (packet ${heard.packet}); A was not told with spoken.`,
  }
}

/** Nothing of the learner's between the two markers, and the listener was called. */
export function silent(run: RunView): Verdict {
  const [begin] = run.find('udp.dstport==$UDP && echo.text=="marker begin"')
  const [end] = run.find('udp.dstport==$UDP && echo.text contains "marker end"')
  // The lab's own program has not come as far.
  if (run.find('frame').length === 0) return NOT_YET
  if (begin === undefined || end === undefined) {
    return { done: false, seen: 'The markers have not come: does your file export withoutNetwork?' }
  }
  const crossed = run
    .find('!(echo.text contains "marker") && !arp')
    .find((p) => p.number > begin.number && p.number < end.number)
  if (crossed !== undefined) {
    return not(
      crossed,
      `Packet ${crossed.number} crossed between the markers: ${crossed.info}. An EventEmitter needs no network.`,
    )
  }
  const heard = Number(/heard=(\d+)/.exec(String(end.values('echo.text')[0]))?.[1] ?? 0)
  if (heard >= 2) return { done: true, packet: end.number }
  return not(end, `Nothing crossed, but your listener called say ${heard} times; two events were emitted.`)
}

export function bothVisitors(run: RunView): Verdict {
  const page = run.find(`${TO_SERVER} && http.request.uri=="/"`).at(-1)
  const [upgrade] = run.find(`${TO_SERVER} && http.request.uri contains "/socket.io/"`)
  const [welcomed] = run.find(`${FROM_SERVER} && http.response.code==101`)
  const [refused] = run.find(`${FROM_SERVER} && tcp.flags.reset==1`)
  if (page && upgrade && welcomed) return { done: true, packet: page.number }
  if (refused && !upgrade) {
    return not(refused, `Packet ${refused.number} has RST set: nothing listened on your port then.`)
  }
  if (upgrade && !welcomed) {
    return not(upgrade, `Packet ${upgrade.number} asked for /socket.io/ and was not answered with 101.`)
  }
  return NOT_YET
}

export function greeted(run: RunView): Verdict {
  const accepted = clients(run)
  const welcomes = run.find(out('welcome'))
  const named = accepted.filter((client) =>
    welcomes.some(
      (w) => w.flow === client.flow && args(w).includes(String(client.values('socketio.sid')[0])),
    ),
  )
  const ids = new Set(named.flatMap((p) => p.values('socketio.sid')))
  const last = welcomes.at(-1)
  if (ids.size >= 3 && last) return { done: true, packet: last.number }
  const at = last ?? accepted.at(-1)
  const seen = `${accepted.length} clients were accepted; ${ids.size} got a welcome with their id.`
  return { done: false, seen, ...(at && { packet: at.number }) }
}

/** `whisper` is not answered; what A speaks next goes to C too, who does not listen any more. */
export function unheard(run: RunView): Verdict {
  const [whisper] = run.find(whispered)
  if (whisper === undefined) return NOT_YET
  const reply = run.find(FROM_SERVER).find((p) => args(p).includes('does anybody hear this?'))
  if (reply) {
    return not(reply, `Packet ${reply.number} passes the whisper on: take that listener out again.`)
  }
  return heardByOthers(run, 'hello again')
}

export function toldAlone(run: RunView): Verdict {
  const asked = run.find(`${TO_SERVER} && http.request.uri contains "/tell/"`).at(-1)
  const told = run.find(out('told'))
  const [first] = told
  if (asked === undefined) return NOT_YET
  if (first === undefined) {
    return not(asked, `Packet ${asked.number} asked for it; no told left your server.`)
  }
  const wanted = String(asked.values('http.request.uri')[0]).split('/').at(-1)
  const meant = clients(run).find((p) => p.values('socketio.sid').includes(wanted ?? ''))
  const stray = told.find((p) => p.flow !== meant?.flow)
  if (stray) return not(stray, `Packet ${stray.number} brought told to a client that was not meant.`)
  return { done: true, packet: first.number }
}

/** What the learner's server said of each of the three lines that it tried. */
export function tried(run: RunView): SeenEvent | undefined {
  return eventsIn(run, FROM_SERVER, 'tried').find(({ args }) => args.length === 3)
}

export function triedThree(run: RunView): Verdict {
  const trial = tried(run)
  if (trial) return { done: true, packet: trial.packet.number }
  const packet = run.find(out('tried')).at(-1)
  if (packet) return not(packet, `Packet ${packet.number} is your tried; it should tell of three lines.`)
  const [notes] = run.find(`${TO_SERVER} && socketio.event=="old-notes"`)
  if (notes === undefined) return NOT_YET
  const [end] = run.find(ENDS).filter((p) => p.flow === notes.flow && p.number > notes.number)
  return end === undefined || end.fromClient
    ? not(notes, `Packet ${notes.number} brought old-notes; no tried came back.`)
    : not(
        end,
        `Packet ${notes.number} brought old-notes, and packet ${end.number} closed A's connection: the error ended your program, for all three. Catch it.`,
      )
}

export function left(run: RunView): Verdict {
  const told = run.find(out('left'))
  const [bye] = run.find(`${TO_SERVER} && socketio.type==1`)
  const last = told.at(-1)
  const named = new Set(told.flatMap((p) => p.values('socketio.args')))
  if (bye === undefined) return NOT_YET
  if (last && named.size >= 2) return { done: true, packet: last.number }
  return not(
    bye,
    `Packet ${bye.number} is B's DISCONNECT; your server told the others of ${named.size} of the 2 who went.`,
  )
}

export function shouted(run: RunView): Verdict {
  const copies = run.find(out('shouted'))
  const last = copies.at(-1)
  if (last !== undefined && flows(copies) >= 3) return { done: true, packet: last.number }
  if (last) return not(last, `shouted reached ${flows(copies)} of 3 clients, last in packet ${last.number}.`)
  const [shout] = run.find(`${TO_SERVER} && socketio.event=="shout"`)
  return shout ? not(shout, `A shouted in packet ${shout.number}; no shouted left your server.`) : NOT_YET
}

export function spokenAndHeard(run: RunView): Verdict {
  const heard = heardByOthers(run, 'hello from A')
  return heard.done ? answered(run, heard) : heard
}
