import { lab, type RunView, type Sighting, type Truth, type Verdict } from '../kit/lab.ts'

const FROM_SERVER = 'tcp.srcport==$LISTEN'
const TO_SERVER = 'tcp.dstport==$LISTEN'
const spoken = `${TO_SERVER} && socketio.event=="speak"`
const incoming = `${FROM_SERVER} && socketio.event=="incoming-message"`

/** Streams in which the server accepted a Socket.IO client (CONNECT answered with an id). */
function clients(run: RunView): readonly Sighting[] {
  return run.find(`${FROM_SERVER} && socketio.type==0 && socketio.sid`)
}

/** B and C get what A spoke, and A doesn't; for the n-th time that A speaks. */
function heardByOthers(run: RunView, nth: number): Verdict {
  const speak = run.find(spoken)[nth]
  if (speak === undefined) {
    const times = run.find(spoken).length
    return times === 0
      ? { done: false }
      : { done: false, seen: `A has spoken ${times === 1 ? 'once' : `${times} times`} so far.` }
  }
  const next = run.find(spoken)[nth + 1]?.number ?? Number.POSITIVE_INFINITY
  const copies = run.find(incoming).filter((p) => p.number > speak.number && p.number < next)
  const back = copies.find((p) => p.flow === speak.flow)
  if (back !== undefined) {
    return {
      done: false,
      seen: `Packet ${back.number} brought incoming-message to A, who had spoken. socket.broadcast leaves the speaker out.`,
      packet: back.number,
    }
  }
  const reached = new Set(copies.map((p) => p.flow)).size
  const last = copies.at(-1)
  if (last !== undefined && reached >= 2) return { done: true, packet: last.number }
  return {
    done: false,
    seen: `A spoke in packet ${speak.number}, and incoming-message went to ${reached} of the 2 others.`,
    packet: speak.number,
  }
}

/** Nothing of the learner's between the two markers, and the listener was called. */
function silent(run: RunView): Verdict {
  const [begin] = run.find('udp.dstport==$UDP && echo.text=="marker begin"')
  const [end] = run.find('udp.dstport==$UDP && echo.text contains "marker end"')
  // The lab's own program has not come as far.
  if (run.find('frame').length === 0) return { done: false }
  if (begin === undefined || end === undefined) {
    return { done: false, seen: 'The markers have not come: does your file export withoutNetwork?' }
  }
  const between = run
    .find('!(echo.text contains "marker")')
    .filter((p) => p.number > begin.number && p.number < end.number)
  const [crossed] = between
  if (crossed !== undefined) {
    return {
      done: false,
      seen: `Packet ${crossed.number} crossed between the markers: ${crossed.info}. An EventEmitter needs no network.`,
      packet: crossed.number,
    }
  }
  const heard = Number(/heard=(\d+)/.exec(String(end.values('echo.text')[0]))?.[1] ?? 0)
  if (heard >= 2) return { done: true, packet: end.number }
  return {
    done: false,
    seen: `Nothing crossed, but your listener called say ${heard} times; two events were emitted.`,
    packet: end.number,
  }
}

export default lab({
  number: 11,
  title: 'Events and a Socket.IO server',
  summary: 'Events inside one program, then between programs, through a server of your own.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  cast: 'cast',
  steps: [
    {
      kind: 'wire',
      id: 'silence',
      lookedFor: 'Two markers with nothing of yours between them, while your listener heard both events.',
      evidence: 'udp.port==$UDP',
      verify: silent,
      hints: [
        "bus.on('speak', …) must come before the bus.emit lines: events are not kept for later listeners.",
      ],
    },
    {
      kind: 'wire',
      id: 'one-port',
      lookedFor: 'A request for / and one for /socket.io/, both to your port and both answered.',
      evidence: `${TO_SERVER} && http.request.uri`,
      verify(run) {
        const page = run.find(`${TO_SERVER} && http.request.uri=="/"`).at(-1)
        const upgrade = run.find(`${TO_SERVER} && http.request.uri contains "/socket.io/"`)[0]
        const welcomed = run.find(`${FROM_SERVER} && http.response.code==101`)[0]
        if (page && upgrade && welcomed) return { done: true, packet: page.number }
        const refused = run.find('tcp.srcport==$LISTEN && tcp.flags.reset==1')[0]
        if (refused && !upgrade) {
          return {
            done: false,
            seen: `Packet ${refused.number} has RST set: nothing listened on your port then.`,
            packet: refused.number,
          }
        }
        if (upgrade && !welcomed) {
          return {
            done: false,
            seen: `Packet ${upgrade.number} asked for /socket.io/ and was not answered with 101.`,
            packet: upgrade.number,
          }
        }
        return { done: false }
      },
      hints: ['new Server(web) attaches Socket.IO to the HTTP server; web.listen(port) opens it.'],
    },
    {
      kind: 'wire',
      id: 'three-clients',
      lookedFor: 'Three clients accepted with three ids, and a welcome with its own id to each.',
      evidence: `${FROM_SERVER} && socketio.event=="welcome"`,
      verify(run) {
        const accepted = clients(run)
        const welcomes = run.find(`${FROM_SERVER} && socketio.event=="welcome"`)
        const greeted = accepted.filter((client) =>
          welcomes.some(
            (w) =>
              w.flow === client.flow &&
              String(w.values('socketio.args')[0]).includes(String(client.values('socketio.sid')[0])),
          ),
        )
        const ids = new Set(greeted.flatMap((p) => p.values('socketio.sid')))
        const last = welcomes.at(-1)
        if (ids.size >= 3 && last) return { done: true, packet: last.number }
        const at = accepted.at(-1)
        return {
          done: false,
          seen: `${accepted.length} clients were accepted; ${ids.size} got a welcome with their id.`,
          ...(at && { packet: at.number }),
        }
      },
      hints: ["socket.emit('welcome', socket.id) in the connection handler."],
    },
    {
      kind: 'predict',
      id: 'who-hears',
      choices: ['A', 'B and C', 'A, B and C', 'nobody'],
      truth(run): Truth | undefined {
        const [speak] = run.find(spoken)
        const [answer] = run.find(`${FROM_SERVER} && socketio.event=="spoken"`)
        if (speak === undefined || answer === undefined || answer.flow !== speak.flow) return undefined
        return {
          value: 'A',
          packet: answer.number,
          because: `Packet ${answer.number} went to A: socket is one client, the one that spoke.`,
        }
      },
      replies: {
        'b and c': (t) =>
          `Packet ${t.packet} went to A. socket is one client; the others are socket.broadcast.`,
        'a, b and c': (t) =>
          `Packet ${t.packet} went to A, and no copy to B or C: everybody would be io.emit.`,
        nobody: (t) => `Packet ${t.packet} says otherwise: it went to A.`,
      },
    },
    {
      kind: 'wire',
      id: 'speak',
      lookedFor: 'One speak in; incoming-message out to B and to C, and spoken, not incoming-message, to A.',
      evidence: incoming,
      verify(run) {
        const others = heardByOthers(run, 0)
        const [answer] = run.find(`${FROM_SERVER} && socketio.event=="spoken"`)
        if (!others.done || answer !== undefined) return others
        return {
          done: false,
          seen: `B and C heard it (packet ${others.packet}); A was not told with spoken.`,
          packet: others.packet,
        }
      },
      hints: ['socket.emit is for the speaker, socket.broadcast.emit for everybody else.'],
    },
    {
      kind: 'wire',
      id: 'whisper',
      lookedFor: 'whisper arrives at your server, and no answer to it leaves.',
      evidence: `${TO_SERVER} && socketio.event=="whisper"`,
    },
    {
      kind: 'wire',
      id: 'still-delivered',
      lookedFor: 'A speaks for the second time, and incoming-message goes to B and to C all the same.',
      evidence: incoming,
      verify: (run) => heardByOthers(run, 1),
    },
    {
      kind: 'wire',
      id: 'shout',
      lookedFor: 'shouted from your server in all three conversations.',
      evidence: `${FROM_SERVER} && socketio.event=="shouted"`,
      verify(run) {
        const copies = run.find(`${FROM_SERVER} && socketio.event=="shouted"`)
        const last = copies.at(-1)
        const reached = new Set(copies.map((p) => p.flow)).size
        if (last && reached >= 3) return { done: true, packet: last.number }
        return {
          done: false,
          ...(last && { seen: `shouted reached ${reached} of 3 clients.`, packet: last.number }),
        }
      },
      hints: ["socket.on('shout', (text) => io.emit('shouted', text))"],
    },
    {
      kind: 'predict',
      id: 'copies',
      truth(run) {
        const copies = run.find(`${FROM_SERVER} && socketio.event=="shouted"`)
        const [first] = copies
        return (
          first && {
            value: copies.length,
            packet: first.number,
            because: `${copies.length}, from packet ${first.number} on: one copy for each TCP stream. There is no broadcast in TCP.`,
          }
        )
      },
      replies: {
        '1': (t) => `Three clients are three TCP streams, so three copies: from packet ${t.packet} on.`,
        '2': (t) => `io.emit includes the speaker: count again from packet ${t.packet} on.`,
      },
    },
    {
      kind: 'wire',
      id: 'one-socket',
      lookedFor: 'A request for /tell/ and an id, then told to that one client.',
      evidence: `${FROM_SERVER} && socketio.event=="told"`,
      verify(run) {
        const asked = run.find(`${TO_SERVER} && http.request.uri contains "/tell/"`).at(-1)
        const told = run.find(`${FROM_SERVER} && socketio.event=="told"`)
        const [first] = told
        if (asked && first === undefined) {
          return {
            done: false,
            seen: `Packet ${asked.number} asked for it; no told left your server.`,
            packet: asked.number,
          }
        }
        if (asked === undefined || first === undefined) return { done: false }
        const wanted = String(asked.values('http.request.uri')[0]).split('/').at(-1)
        const meant = clients(run).find((p) => p.values('socketio.sid').includes(wanted ?? ''))
        const stray = told.find((p) => p.flow !== meant?.flow)
        if (stray) {
          return {
            done: false,
            seen: `Packet ${stray.number} brought told to a client that was not meant.`,
            packet: stray.number,
          }
        }
        return { done: true, packet: first.number }
      },
      hints: ['Every client is alone in a room that bears its id: io.to(id).emit(…).'],
    },
    {
      kind: 'wire',
      id: 'leaving',
      lookedFor: 'DISCONNECT from B, a close without it from C, and left to those who stayed after each.',
      evidence: `${FROM_SERVER} && socketio.event=="left"`,
      verify(run) {
        const left = run.find(`${FROM_SERVER} && socketio.event=="left"`)
        const [bye] = run.find(`${TO_SERVER} && socketio.type==1`)
        const last = left.at(-1)
        const named = new Set(left.flatMap((p) => p.values('socketio.args')))
        if (bye && last && named.size >= 2) return { done: true, packet: last.number }
        if (bye === undefined) return { done: false }
        return {
          done: false,
          seen: `Packet ${bye.number} is B's DISCONNECT; your server told the others of ${named.size} of the 2 who went.`,
          packet: bye.number,
        }
      },
      hints: ["socket.on('disconnect', …) comes for both; socket.broadcast.emit('left', socket.id) in it."],
    },
  ],
})
