/** What the steps of lab 12 look for in the learner's packets. */
import type { RunView, Sighting, Verdict } from '../kit/lab.ts'

export const FROM_SERVER = 'tcp.srcport==$LISTEN'
export const TO_SERVER = 'tcp.dstport==$LISTEN'
export const PING = `${FROM_SERVER} && engineio.type==2 && !(engineio.payload=="probe")`
export const PONG = `${TO_SERVER} && engineio.type==3 && !(engineio.payload=="probe")`
const OPENED = `${FROM_SERVER} && engineio.type==0`
/** Whoever does so first ends the conversation. */
const ENDS = 'websocket.opcode==8 || engineio.type==1 || tcp.flags.fin==1 || tcp.flags.reset==1'
export const BLOCKED = `${TO_SERVER} && http.request.uri contains "/blocked/"`
/** The client that asks for a WebSocket first. */
export const STUBBORN = `${BLOCKED} && http.request.uri contains "first=websocket"`

const NOT_YET: Verdict = { done: false }
const not = (packet: Sighting, seen: string): Verdict => ({ done: false, seen, packet: packet.number })

const sid = (packet: Sighting | undefined) => packet?.values('engineio.sid')[0]
const after = (packets: readonly Sighting[], { number }: Sighting) => packets.filter((p) => p.number > number)
const inSession = (packets: readonly Sighting[], of: Sighting) => packets.filter((p) => sid(p) === sid(of))
const inFlow = (packets: readonly Sighting[], of: Sighting) => packets.filter((p) => p.flow === of.flow)

/** A CONNECT by POST, and its answer with an id, in a poll of the same session. */
export function connected(run: RunView): Verdict {
  const byPolling = 'engineio.transport=="polling" && socketio.type==0'
  const [connect] = run.find(`${TO_SERVER} && ${byPolling}`)
  if (connect === undefined) return NOT_YET
  const answers = inSession(run.find(`${FROM_SERVER} && ${byPolling} && socketio.sid`), connect)
  const [answer] = after(answers, connect)
  if (answer !== undefined) return { done: true, packet: answer.number }
  return not(
    connect,
    `Packet ${connect.number} is your CONNECT. Its answer waits at the server, until you poll for it.`,
  )
}

/** `2probe`, `3probe`, `6` to the poll that waits, `5`: one session, over at least two TCP connections. */
export function upgraded(run: RunView): Verdict {
  const [probe] = run.find(`${TO_SERVER} && engineio.type==2 && engineio.payload=="probe"`)
  if (probe === undefined) return NOT_YET
  const answers = run.find(`${FROM_SERVER} && engineio.type==3 && engineio.payload=="probe"`)
  const [answer] = after(inSession(answers, probe), probe)
  const [moved] = inSession(run.find(`${TO_SERVER} && engineio.type==5`), probe)
  const [noop] = inSession(run.find(`${FROM_SERVER} && engineio.type==6`), probe)
  if (answer === undefined) return not(probe, `Packet ${probe.number} is your 2probe; no 3probe has come.`)
  if (moved === undefined) {
    const last = noop ?? answer
    return not(
      last,
      noop
        ? `Packet ${noop.number} ended the poll that waited: now send 5 over the WebSocket.`
        : `Packet ${answer.number} is the 3probe. The server now ends the poll that waits, with a 6: is one waiting?`,
    )
  }
  if (noop === undefined || noop.number > moved.number) {
    return not(
      moved,
      `Packet ${moved.number} is your 5, and the server had not ended a poll with 6 before: packets that were on that way could be lost. Let a poll wait, and send 5 when it has ended.`,
    )
  }
  if (noop.flow === moved.flow) return NOT_YET
  return { done: true, packet: moved.number }
}

/** A ping without a pong, and how the server ended the session then. */
export function silence(run: RunView): { readonly ping: Sighting; readonly close: Sighting } | undefined {
  for (const ping of run.find(PING)) {
    const ends = after(run.find(ENDS), ping).filter((p) => p.flow === ping.flow || sid(p) === sid(ping))
    const [close] = ends
    const answered = after(inSession(run.find(PONG), ping), ping).length > 0
    if (!answered && close !== undefined && close.fromClient === false) return { ping, close }
  }
  return undefined
}

export function silent(run: RunView): Verdict {
  const fell = silence(run)
  if (fell !== undefined) return { done: true, packet: fell.close.number }
  const ping = run.find(PING).at(-1)
  if (ping === undefined) return NOT_YET
  const pong = after(inSession(run.find(PONG), ping), ping).at(-1)
  if (pong !== undefined) {
    return not(pong, `Packet ${pong.number} is your pong: for the server you are still there.`)
  }
  const left = after(inFlow(run.find(ENDS), ping), ping).find((p) => p.fromClient)
  if (left !== undefined) {
    return not(
      left,
      `Packet ${left.number} is from you, and closes the connection. Close nothing: let the server find out.`,
    )
  }
  return not(ping, `Packet ${ping.number} is a ping. You have not answered it, and the server still waits.`)
}

/** A session that was open and is over is asked for once more. */
export function oldSession(run: RunView): Verdict {
  const [refused] = run.find(`${FROM_SERVER} && engineio.error.code==1`)
  if (refused === undefined) return NOT_YET
  const asked = inFlow(run.find(`${TO_SERVER} && http.request.uri contains "sid="`), refused)
    .filter((p) => p.number < refused.number)
    .at(-1)
  const named = /[?&]sid=([^&]*)/.exec(String(asked?.values('http.request.uri')[0]))?.[1]
  const given = run.find(OPENED).some((p) => sid(p) === named)
  if (given) return { done: true, packet: refused.number }
  return not(
    refused,
    `Packet ${refused.number} refuses the sid ${named}, which the server never gave: ask with the one that it closed.`,
  )
}

/** Where no WebSocket gets through: who polls goes on with that, and is acknowledged. */
export function stillPolling(run: RunView): Verdict {
  const refusals = run.find(`${FROM_SERVER} && http.response.code==403`)
  const tries = run.find(`${BLOCKED} && http.request.uri contains "transport=websocket"`)
  const refused = refusals.flatMap((refusal) => {
    const tried = inFlow(tries, refusal).at(-1)
    return tried ? [{ refusal, tried }] : []
  })
  const upgrade = refused.find(({ tried }) => sid(tried) !== undefined)
  if (upgrade === undefined) return NOT_YET
  const acks = run.find(`${FROM_SERVER} && engineio.transport=="polling" && socketio.type==3`)
  const [ack] = after(inSession(acks, upgrade.tried), upgrade.refusal)
  if (ack === undefined) {
    const { number } = upgrade.refusal
    return not(
      upgrade.refusal,
      `Packet ${number} refuses the WebSocket. The session is open all the same: emit hello in it now, and wait for the ack.`,
    )
  }
  if (fallsBack(run) !== undefined) return { done: true, packet: ack.number }
  return not(
    ack,
    `Packet ${ack.number} is an ack by polling. The other client, with first=websocket in its query, is still missing.`,
  )
}

/** What became of the client that asked for a WebSocket first; undefined until it was refused. */
export function fallsBack(run: RunView): { readonly polled: boolean; readonly packet: Sighting } | undefined {
  const [tried] = run.find(STUBBORN)
  if (tried === undefined) return undefined
  const [refusal] = after(inFlow(run.find(`${FROM_SERVER} && http.response.code==403`), tried), tried)
  if (refusal === undefined) return undefined
  const [polled] = run.find(`${STUBBORN} && http.request.uri contains "transport=polling"`)
  return { polled: polled !== undefined, packet: polled ?? refusal }
}

/** A WebSocket client that was let in, said nothing, and was closed by the server. */
export function plain(run: RunView): { readonly open: Sighting; readonly close: Sighting } | undefined {
  for (const open of run.find(`${OPENED} && engineio.transport=="websocket"`)) {
    const spoke = inFlow(run.find(`${TO_SERVER} && websocket.opcode in {1, 2}`), open).length > 0
    const [close] = after(inFlow(run.find(ENDS), open), open)
    if (!spoke && close?.fromClient === false) return { open, close }
  }
  return undefined
}

export function plainClosed(run: RunView): Verdict {
  const closed = plain(run)
  if (closed !== undefined) return { done: true, packet: closed.close.number }
  const open = run.find(`${OPENED} && engineio.transport=="websocket"`).at(-1)
  if (open === undefined) return NOT_YET
  const [spoke] = inFlow(run.find(`${TO_SERVER} && websocket.opcode in {1, 2}`), open)
  if (spoke !== undefined) {
    return not(
      spoke,
      `Packet ${spoke.number} is a message from your plain client. Let it only listen: what happens to it then?`,
    )
  }
  return not(open, `Packet ${open.number} has let your plain client in. Leave it open, and silent.`)
}
