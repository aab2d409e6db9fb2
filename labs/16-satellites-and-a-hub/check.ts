import { eventsIn, isSettled } from '../kit/events.ts'
import { lab, type NearMiss, type RunView, type Truth, type Verdict } from '../kit/lab.ts'
import { admission, copies, FROM_HUB, orderOf, pickups, said, satellites, TO_HUB } from './routes.ts'

const at = (packet: number, seen: string): Verdict => ({ done: false, seen, packet })

function namespaces(run: RunView): Verdict {
  let last = 0
  for (const name of ['/vendor', '/driver']) {
    const [satellite] = satellites(run, name)
    const answer = satellite && admission(run, satellite)
    if (answer === undefined) return { done: false }
    const { packet, refusal } = answer
    if (refusal !== undefined) {
      return at(
        packet.number,
        `Packet ${packet.number} turns ${satellite?.name} away from ${name}: ${refusal}.`,
      )
    }
    last = packet.number
  }
  return { done: true, packet: last }
}

function dispatcher(run: RunView): Verdict {
  const [satellite] = satellites(run, '/dispatch')
  if (satellite === undefined) {
    const [other] = satellites(run, '/')
    if (other === undefined) return { done: false }
    return at(
      other.packet.number,
      `Packet ${other.packet.number} asks for the namespace /; the dispatcher's is /dispatch, behind the port.`,
    )
  }
  const answer = admission(run, satellite)
  if (answer === undefined) return { done: false }
  const { packet, refusal } = answer
  if (refusal === undefined) return { done: true, packet: packet.number }
  return at(packet.number, `Packet ${packet.number} turns the dispatcher away: ${refusal}.`)
}

/** The pickup came from a vendor and went to whom it concerns. */
function pickup(run: RunView): Verdict {
  const asked = said(run, 'pickup', 'a1')
  if (asked === undefined) return { done: false }
  const all = copies(run, 'pickup', 'a1')
  const back = all.find(({ event }) => event.nsp === '/vendor')
  if (back !== undefined) {
    const { number } = back.event.packet
    return at(
      number,
      `Packet ${number} brings acme's pickup to ${back.to}, a vendor: it is for drivers and the dispatcher.`,
    )
  }
  const missing = ['/driver', '/dispatch'].filter((name) => !all.some(({ event }) => event.nsp === name))
  const last = all.at(-1)
  if (last !== undefined && missing.length === 0) return { done: true, packet: last.event.packet.number }
  const { number } = asked.packet
  return at(number, `acme's pickup came in packet ${number}; nothing of it went to ${missing.join(' and ')}.`)
}

const PARCELS = [
  { id: 'a1', store: 'acme' },
  { id: 'f1', store: 'flora' },
] as const

function delivery(run: RunView): Verdict {
  let packet = 0
  for (const { id, store } of PARCELS) {
    for (const event of ['in-transit', 'delivered']) {
      const asked = said(run, event, id)
      if (asked === undefined) return { done: false }
      const all = copies(run, event, id)
      const stray = all.find(({ event: { nsp }, to }) => nsp === '/vendor' && to !== store)
      if (stray !== undefined) {
        const { number } = stray.event.packet
        return at(
          number,
          `Packet ${number} brings ${event} of ${id} to ${stray.to}; the order is ${store}'s.`,
        )
      }
      const { number } = asked.packet
      if (!all.some(({ to }) => to === store)) {
        return at(
          number,
          `dora says ${event} of ${id} in packet ${number}; ${store}, whose order it is, did not hear.`,
        )
      }
      const board = all.findLast(({ event: { nsp } }) => nsp === '/dispatch')
      if (board === undefined) {
        return at(
          number,
          `dora says ${event} of ${id} in packet ${number}; ${store} heard, the dispatcher did not.`,
        )
      }
      packet = board.event.packet.number
    }
  }
  return { done: true, packet }
}

function board(run: RunView): Verdict {
  const asked = run.find('tcp.dstport==$LISTEN2 && http.request.uri=="/board"').at(-1)
  const answer = run.find('tcp.srcport==$LISTEN2 && http.response.code').at(-1)
  if (asked === undefined || answer === undefined) return { done: false }
  const text = String(answer.values('http.file_data')[0] ?? '')
  const missing = PARCELS.find(({ id }) => !new RegExp(`"${id}"[^,}]*delivered`).test(text))
  if (missing === undefined) return { done: true, packet: answer.number }
  return at(
    answer.number,
    `Packet ${answer.number} shows the board: ${text.slice(0, 80)}. It does not have ${missing.id} as delivered.`,
  )
}

/** What the driver was told after she had come back for the n-th time, until she confirmed something. */
function caughtUp(run: RunView, nth: number) {
  const driver = satellites(run, '/driver')[nth]
  if (driver === undefined) return undefined
  const asked = eventsIn(run, TO_HUB, 'catch-up').filter(({ packet }) => packet.flow === driver.flow)
  const confirmed = eventsIn(run, TO_HUB, 'received').find(({ packet }) => packet.flow === driver.flow)
  const [first, second] = asked
  if (first === undefined || confirmed === undefined) return undefined
  const orders = pickups(run, driver, driver.packet.number, confirmed.packet.number)
  return { driver, first, second, confirmed, orders, ids: orders.map(orderOf) }
}

function catchUp(run: RunView): Verdict {
  const seen = caughtUp(run, 1)
  if (seen === undefined) return { done: false }
  const { first, orders, ids } = seen
  const last = orders.at(-1)
  if (last !== undefined && String(ids) === 'a2,a3') return { done: true, packet: last.packet.number }
  const { number } = first.packet
  const found = ids.length === 0 ? 'nothing' : ids.join(', ')
  const stale = ids.some((id) => id === 'a1' || id === 'f1') ? ' She had said received of those.' : ''
  return at(
    number,
    `dora asks in packet ${number} for what she missed, a2 and a3; what came was ${found}.${stale}`,
  )
}

function received(run: RunView): Verdict {
  const seen = caughtUp(run, 2)
  if (seen === undefined || seen.second === undefined) return { done: false }
  const { first, second, orders, ids, driver } = seen
  const { number } = first.packet
  const found = ids.length === 0 ? 'nothing' : ids.join(', ')
  if (String(ids) !== 'a3') {
    const why =
      ids.length === 0 ? 'What was sent is not yet received.' : 'She had confirmed a2 before she crashed.'
    return at(
      number,
      `dora is back from her crash, and asks in packet ${number}: a3 is open, and what came was ${found}. ${why}`,
    )
  }
  const settled = isSettled(run, second.packet, FROM_HUB)
  const [late] = pickups(run, driver, second.packet.number)
  if (late !== undefined) {
    return at(
      late.packet.number,
      `Packet ${late.packet.number} brings ${orderOf(late)} once more, though she had confirmed it.`,
    )
  }
  const last = orders.at(-1)
  return settled && last ? { done: true, packet: last.packet.number } : { done: false }
}

function awayTruth(run: RunView): Truth | undefined {
  const [, back] = satellites(run, '/driver')
  const asked = said(run, 'pickup', 'a2')
  if (back === undefined || asked === undefined) return undefined
  const told = eventsIn(run, FROM_HUB, 'pickup').filter(
    ({ packet, nsp }) =>
      nsp === '/driver' && packet.number > asked.packet.number && packet.number < back.packet.number,
  )
  return {
    value: told.length,
    packet: asked.packet.number,
    because:
      told.length === 0
        ? `None: between packet ${asked.packet.number}, the first of the two orders, and packet ${back.packet.number}, in which she is back, there is no connection that a packet for her could take. drivers.emit speaks to those who are there.`
        : `${told.length}, from packet ${told[0]?.packet.number} on: your hub had not noticed yet that she was gone.`,
  }
}

function crashTruth(run: RunView): Truth | undefined {
  const seen = caughtUp(run, 2)
  if (seen === undefined) return undefined
  const { number } = seen.first.packet
  return {
    value: seen.ids.length,
    packet: number,
    because: `${seen.ids.length} behind packet ${number}${seen.ids.length === 0 ? '' : `: ${seen.ids.join(', ')}`}. ${seen.ids.length === 1 ? 'a2 was confirmed and is forgotten; of a3 the hub can only know that it was sent.' : 'Your hub keeps other books than confirmed and not confirmed.'}`,
  }
}

const TURNED_AWAY: NearMiss = {
  filter: `${FROM_HUB} && socketio.type==4 && socketio.nsp=="/driver"`,
  says: (p) => `Packet ${p.number} turns the driver away: so nothing is delivered, and nothing missed.`,
}

export default lab({
  number: 16,
  title: 'Satellites and a hub',
  summary: 'Vendors, a driver and a dispatcher that know only a hub; one of them leaves, and catches up.',
  minutes: 45,
  networks: ['kernel', 'lab'],
  assumes: [11, 13, 15],
  cast: { program: 'cast', plays: 'clients' },
  places: 2,
  door: 'http',
  steps: [
    {
      kind: 'predict',
      id: 'one-message',
      truth(run): Truth | undefined {
        const asked = said(run, 'pickup', 'a1')
        if (asked === undefined) return undefined
        const sent = eventsIn(run, TO_HUB, 'pickup').filter((each) => orderOf(each) === 'a1').length
        return {
          value: sent,
          packet: asked.packet.number,
          because: `Packet ${asked.packet.number}, to the hub. acme does not know who listens, nor how many: that is the hub's affair.`,
        }
      },
      replies: {
        '2': (t) => `One for each would need to know of each. acme knows the hub alone: packet ${t.packet}.`,
        '0': (t) => `It has to leave acme somehow: packet ${t.packet}.`,
        '3': (t) =>
          `So many orders come from acme in all; this one it says in packet ${t.packet}, and not again.`,
      },
      look: { view: 'ladder', filter: 'socketio.event=="pickup"' },
    },
    {
      kind: 'wire',
      id: 'namespaces',
      lookedFor: 'A vendor let into /vendor, and the driver into /driver.',
      evidence: `${FROM_HUB} && socketio.type==0 && socketio.nsp`,
      verify: namespaces,
      hints: [
        "hub.of('/driver') makes a namespace and gives it back; emit and on('connection') are its own.",
      ],
    },
    {
      kind: 'wire',
      id: 'dispatcher',
      lookedFor: 'A client of yours let into /dispatch.',
      evidence: `${FROM_HUB} && socketio.type==0 && socketio.nsp=="/dispatch"`,
      verify: dispatcher,
      otherwise: [
        {
          filter: `${TO_HUB} && socketio.type==0`,
          says: (p) =>
            `Packet ${p.number} is the last client that came to your hub; none has asked for /dispatch.`,
        },
      ],
      hints: [
        "connect('http://…/dispatch', { transports: ['websocket'] }): host, the DOOR port, and the namespace as the path.",
      ],
    },
    {
      kind: 'predict',
      id: 'who-dials',
      choices: ['the hub', 'the dispatcher', 'nobody: a server does not connect'],
      truth(run): Truth | undefined {
        const [satellite] = satellites(run, '/dispatch')
        const syn = run.find('tcp.flags.syn==1 && tcp.flags.ack==0').find((p) => p.flow === satellite?.flow)
        if (satellite === undefined || syn === undefined) return undefined
        return {
          value: 'the dispatcher',
          packet: syn.number,
          because: `Packet ${syn.number} is its SYN, to the hub's port. Server and client are parts in one conversation, not kinds of programs.`,
        }
      },
      replies: {
        'the hub': (t) => `Packet ${t.packet} goes to the hub's port: the hub was called. It calls nobody.`,
        'nobody: a server does not connect': (t) =>
          `It listens on one port and has connected to another: packet ${t.packet}.`,
      },
      look: { view: 'ladder', filter: 'tcp.flags.syn==1' },
    },
    {
      kind: 'wire',
      id: 'pickup',
      lookedFor: "acme's pickup in at /vendor, and out at /driver and at /dispatch; to no vendor.",
      evidence: `${FROM_HUB} && socketio.event=="pickup"`,
      verify: pickup,
      hints: [
        "In the vendor's handler: drivers.emit('pickup', order), and the same for the dispatcher's namespace.",
      ],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'delivery',
      lookedFor: 'in-transit and delivered of each parcel, to its own vendor and to the dispatcher.',
      evidence: `${FROM_HUB} && (socketio.event=="in-transit" || socketio.event=="delivered")`,
      verify: delivery,
      otherwise: [TURNED_AWAY],
      hints: [
        'vendor.join(vendor.handshake.auth.name): a room for each vendor, within /vendor.',
        'vendors.to(order.store).emit(event, order)',
      ],
      look: { view: 'who-heard' },
    },
    {
      kind: 'wire',
      id: 'board',
      lookedFor: 'GET /board at the dispatcher, answered with both parcels as delivered.',
      evidence: [
        'tcp.dstport==$LISTEN2 && http.request.uri=="/board"',
        'tcp.srcport==$LISTEN2 && http.response.code==200',
      ],
      verify: board,
      hints: [
        "socket.on('delivered', (order) => board.set(order.id, 'delivered')), and so for the other two.",
      ],
      look: { view: 'inspector' },
    },
    {
      kind: 'predict',
      id: 'away',
      truth: awayTruth,
      replies: {
        '2': (t) => `To whom? Her connection is closed: look behind packet ${t.packet}.`,
        '1': (t) => `There is no connection to send it on: look behind packet ${t.packet}.`,
      },
    },
    {
      kind: 'wire',
      id: 'catch-up',
      lookedFor: 'dora comes back and says catch-up; pickup of a2 and then of a3 go to her.',
      evidence: [`${TO_HUB} && socketio.event=="catch-up"`, `${FROM_HUB} && socketio.event=="pickup"`],
      verify: catchUp,
      otherwise: [TURNED_AWAY],
      hints: [
        'waiting.set(order.id, order) when the order comes; a Map keeps what was put in first in front.',
        "for (const order of waiting.values()) driver.emit('pickup', order)",
      ],
      look: { view: 'ladder' },
    },
    {
      kind: 'predict',
      id: 'crash',
      truth: crashTruth,
      replies: {
        '0': (t) =>
          `That would be a hub that forgets what it has sent, and a3 would be nobody's: look behind packet ${t.packet}.`,
        '2': (t) =>
          `a2 was confirmed before the crash; what is confirmed need not come again: look behind packet ${t.packet}.`,
        '1': (t) => `That is what it should be. ${t.because}`,
      },
    },
    {
      kind: 'wire',
      id: 'received',
      lookedFor: 'After the crash catch-up brings a3 alone, and when that is confirmed too, nothing.',
      evidence: [`${TO_HUB} && socketio.event=="received"`, `${TO_HUB} && socketio.event=="catch-up"`],
      verify: received,
      otherwise: [TURNED_AWAY],
      hints: ["driver.on('received', (id) => waiting.delete(id)): not before."],
      look: { view: 'ladder' },
    },
  ],
  wrongs: [
    {
      file: 'wrong/one-namespace.mjs',
      step: 'namespaces',
      says: 'turns dora away from /driver: Invalid namespace',
    },
    { file: 'wrong/one-namespace.mjs', step: 'dispatcher', says: 'asks for the namespace /' },
    { file: 'wrong/one-namespace.mjs', step: 'pickup', says: "brings acme's pickup to acme, a vendor" },
    { file: 'wrong/one-namespace.mjs', step: 'board', says: 'It does not have a1 as delivered' },
    {
      file: 'wrong/tells-every-vendor.mjs',
      step: 'delivery',
      says: "brings in-transit of a1 to flora; the order is acme's",
      lesson:
        'vendors.emit in the place of vendors.to(order.store): each vendor hears of the parcels of all.',
    },
    { file: 'wrong/forgets.mjs', step: 'catch-up', says: 'what came was nothing' },
    { file: 'wrong/forgets.mjs', step: 'received', says: 'What was sent is not yet received' },
    {
      file: 'wrong/sends-once.mjs',
      step: 'received',
      says: 'What was sent is not yet received',
      lesson: "A hub that forgets an order when it has sent it: the driver crashes, and a3 is nobody's.",
    },
  ],
})
