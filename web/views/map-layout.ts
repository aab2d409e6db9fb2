/**
 * The map as geometry: programs outside at the top, their hosts on the lab network below them, the switch or the
 * routers, the servers at the bottom. Time is not in it: frames are put on its cables by `map-travel.ts`.
 */
import type { CableNode, HostNode, LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { plural } from '../lib/format.ts'
import { clientCable, drawnCable, type Middle } from './map-cables.ts'
import {
  HOST_RADIUS,
  type MapCable,
  type MapHost,
  type MapOutside,
  type Point,
  WORDS_AT,
} from './map-marks.ts'

export interface MapLayout {
  readonly width: number
  readonly height: number
  /** In reading order, hosts and cables: what the keyboard goes through. */
  readonly hosts: readonly MapHost[]
  readonly cables: readonly MapCable[]
  readonly outsides: readonly MapOutside[]
  /** The mark of each host, by its address and its hardware address; of those folded together the one for all. */
  readonly markOf: ReadonlyMap<string, string>
}

export interface MapSize {
  readonly width: number
  readonly height: number
  /** How large text is, 1 unless the reader wants it larger. */
  readonly text?: number
}

const OUTSIDE = 50
/** Room for what an empty network says above its switch. */
const INVITATION = 76
const LEAST_COLUMN = 116
/** Of many hosts each is called by what it does not share with its neighbours. */
const LEAST_CLOSE_COLUMN = 64
const LEAST_NAMED = 88
/** On a map that fills the page what belongs together stays together. */
const WIDEST_COLUMN = 260
const HIGHEST = 620
/** So much lower than it likes to be a map may get. */
const MOST_SHORTER = 52
const CHARACTER = 6.6
const MOST_SERVERS = 4

export function layoutMap(network: LabNetworkNode, size: MapSize): MapLayout {
  const letter = CHARACTER * (size.text ?? 1)
  const width = Math.max(220, size.width)
  const clients = shownClients(
    network.hosts.filter(({ kind }) => kind === 'client'),
    Math.max(2, Math.floor((width * CHARACTER) / letter / LEAST_CLOSE_COLUMN)),
  )
  const servers = network.hosts.filter(({ kind }) => kind === 'server').slice(0, MOST_SERVERS)
  const routers = network.hosts.filter(({ kind }) => kind === 'router')
  const gated = clients.shown.some(({ door }) => door === 'gateway')
  const top = clients.shown.length === 0 ? INVITATION : gated ? OUTSIDE + 6 : 24
  const least = top + 178 + (routers.length > 1 ? 46 : 0)
  // In a short pane cables are short, in a shorter one what is outside is left out: the hosts' own words stay in sight.
  const exits =
    servers.some(({ door }) => door === 'exit') && size.height >= least + OUTSIDE - MOST_SHORTER / 2
  const wanted = least + (exits ? OUTSIDE : 0)
  const short = Math.max(0, Math.min(MOST_SHORTER, wanted - size.height))
  const height = Math.max(wanted - short, Math.min(size.height, HIGHEST))
  const bottom = height - (exits ? OUTSIDE + 14 : 26)

  const near = top + 52 - short * 0.3
  const far = Math.max(near + 56 - short * 0.2, bottom - 100 + short * 0.75)
  const middle = placeMiddle(network, routers, width, near, far)
  const columns = clients.shown.length + (clients.folded.length > 0 ? 1 : 0)
  const column = Math.min(WIDEST_COLUMN, width / Math.max(1, columns))
  const edge = (width - columns * column) / 2
  const close = columns > 1 && (column * CHARACTER) / letter < LEAST_COLUMN
  const inset = insetOf(clients.shown, column, columns, close, letter)
  const hosts: MapHost[] = clients.shown.map((host, i) =>
    placeClient(host, edge + column * i, top, column, inset, close, letter),
  )
  if (clients.folded.length > 0) {
    hosts.push(placeFolded(clients.folded, edge + column * (columns - 1), top, column, inset, letter))
  }
  hosts.push(...middle.hosts)
  const serverColumn = width / Math.max(1, servers.length)
  const placed = servers.map((host, i) =>
    placeServer(host, serverColumn, i, bottom, servers.length, width, letter),
  )
  hosts.push(...placed)

  const nodes = new Map(hosts.map((host) => [host.key, host]))
  const cables = [
    ...clients.shown.map(({ address }) => clientCable(nodes.get(address), middle.near, address)),
    clients.folded.length > 0 ? clientCable(nodes.get('more'), middle.near, 'more') : undefined,
    ...network.cables.flatMap((cable) => drawnCable(cable, network, nodes, middle) ?? []),
  ].filter((cable) => cable !== undefined)
  return {
    width,
    height,
    hosts,
    cables,
    outsides: [
      ...outsidesOf(clients.shown, nodes, 'above', column, width, letter),
      ...(exits ? outsidesOf(servers, nodes, 'below', serverColumn, width, letter) : []),
    ],
    markOf: new Map(
      network.hosts.flatMap((host) => {
        const key = clients.folded.includes(host) ? 'more' : host.kind === 'router' ? host.name : host.address
        return [[host.address, key] as const, [host.mac, key] as const]
      }),
    ),
  }
}

/** Those with connections first, then as they came; the rest fold into one mark. */
function shownClients(clients: readonly HostNode[], room: number): { shown: HostNode[]; folded: HostNode[] } {
  if (clients.length <= room) return { shown: [...clients], folded: [] }
  const busy = [...clients].sort((a, b) => Number(isBusy(b)) - Number(isBusy(a)))
  const shown = new Set(busy.slice(0, room - 1))
  return {
    shown: clients.filter((host) => shown.has(host)),
    folded: clients.filter((host) => !shown.has(host)),
  }
}

const isBusy = ({ connections }: HostNode) => connections === null || connections > 0

const YOURS = 'your computer'

/** What a host is called: by what it stands for, where that is this computer. */
export function hostName(host: HostNode): string {
  if (host.door === 'gateway' && host.remote !== null && isLoopback(host.remote)) return YOURS
  return host.name
}

function isLoopback(address: string): boolean {
  return /^(::ffff:)?127\./.test(address) || address === '::1' || address === 'localhost'
}

/** In few words, beside a host that is not simply there. */
const DOORS: Readonly<Record<HostNode['door'], string>> = {
  direct: 'the lab’s own services',
  gateway: 'stands for programs outside, whose own sockets end at the gateway',
  joined: 'a program that is this host itself',
  demo: 'a client of the lab’s own',
  exit: 'stands for a server outside, reached through the gateway',
  router: 'passes packets on between two networks',
}

function describe(host: HostNode): string {
  const standsFor = host.remote === null ? '' : `, for ${host.remote}`
  const open = host.connections === null ? '' : `, ${plural(host.connections, 'open connection')}`
  return `${hostName(host)}, ${host.address}: ${DOORS[host.door]}${standsFor}${open}. Shows its packets.`
}

function placeClient(
  host: HostNode,
  left: number,
  y: number,
  column: number,
  inset: number,
  close: boolean,
  letter: number,
): MapHost {
  const named = !close || (column * CHARACTER) / letter >= LEAST_NAMED
  const { name, address } = wordsOf(host, close)
  const x = left + inset
  const room = Math.floor((left + column - x - WORDS_AT - 1) / letter)
  const tag = host.door === 'joined' || host.door === 'demo' ? host.door : ''
  const under = tagged(address, tag, room)
  return {
    key: host.address,
    shape: 'client',
    door: host.door,
    address: host.address,
    words: named ? [name, under] : [name === 'you' ? name : address],
    room,
    x,
    y,
    name: describe(host),
  }
}

function wordsOf(host: HostNode, close: boolean): { name: string; address: string } {
  // As the ladder's other end is called, where there is room for a word only.
  const name = close && hostName(host) === YOURS ? 'you' : hostName(host)
  return { name, address: close ? lastPart(host.address) : host.address }
}

const lastPart = (address: string) => address.slice(address.lastIndexOf('.'))

/**
 * From a column's edge to the middle of its host. One alone stands over the switch; of several the widest stands with its
 * words in the middle of its column, as far as they let it, and the others as it does: even steps.
 */
function insetOf(
  hosts: readonly HostNode[],
  column: number,
  columns: number,
  close: boolean,
  letter: number,
): number {
  if (columns <= 1) return column / 2
  const named = !close || (column * CHARACTER) / letter >= LEAST_NAMED
  const lengths = hosts.map((host) => {
    const { name, address } = wordsOf(host, close)
    return Math.max(named ? name.length : 0, address.length)
  })
  const wide = WORDS_AT + HOST_RADIUS + Math.max(0, ...lengths) * letter
  return Math.max(6, (column - wide) / 2) + HOST_RADIUS
}

/** An address gives way to what it shares with its neighbours. */
function tagged(address: string, tag: string, room: number): string {
  if (tag === '') return address
  const [long, short] = [`${address} ${tag}`, `${lastPart(address)} ${tag}`]
  return long.length <= room ? long : short.length <= room ? short : address
}

function placeFolded(
  hosts: readonly HostNode[],
  left: number,
  y: number,
  column: number,
  inset: number,
  letter: number,
): MapHost {
  const names = hosts.slice(0, 20).map((host) => `${hostName(host)} ${host.address}`)
  return {
    key: 'more',
    shape: 'more',
    door: null,
    address: '',
    words: column < LEAST_NAMED ? [`+${hosts.length}`] : [`${hosts.length} more`, 'hosts'],
    room: Math.floor((column - inset - WORDS_AT - 1) / letter),
    x: left + inset,
    y,
    name: `${plural(hosts.length, 'more host')}: ${names.join(', ')}${hosts.length > 20 ? ' …' : ''}`,
  }
}

function placeServer(
  host: HostNode,
  column: number,
  at: number,
  y: number,
  count: number,
  width: number,
  letter: number,
): MapHost {
  const x = count === 1 ? width / 2 : column * at + 24
  const room = Math.floor((column * (at + 1) - x - WORDS_AT - 4) / letter)
  return {
    key: host.address,
    shape: 'server',
    door: host.door,
    address: host.address,
    words: [host.name, host.address],
    room,
    x,
    y,
    name: describe(host),
  }
}

/** The switch; or the routers, the clients' above, the servers' below, the others beside the way between them. */
function placeMiddle(
  network: LabNetworkNode,
  routers: readonly HostNode[],
  width: number,
  y1: number,
  y2: number,
): Middle {
  const x = width / 2
  if (network.topology === 'switch' || routers.length === 0) {
    const hub: MapHost = {
      key: 'switch',
      shape: 'switch',
      door: null,
      address: '',
      words: ['switch'],
      room: 8,
      x,
      y: y1,
      name: 'The switch: passes each frame on to where its destination’s address was last seen',
    }
    return { hosts: [hub], near: hub, far: hub }
  }
  // Cables are named from the clients' side to the servers': who is never second stands first, and the other way round.
  const trunks = network.cables.filter(({ between }) => routers.some(({ name }) => name === between[0]))
  const first = routers.find(({ name }) => trunks.every(({ between }) => between[1] !== name)) ?? routers[0]
  const last =
    routers.find(({ name }) => trunks.every(({ between }) => between[0] !== name)) ?? routers.at(-1)
  const between = routers.filter((host) => host !== first && host !== last)
  const place = (host: HostNode, at: Point): MapHost => ({
    key: host.name,
    shape: 'router',
    door: 'router',
    address: host.address,
    words: [host.name],
    room: 8,
    ...at,
    name: describe(host),
  })
  const direct = network.cables.some(
    (cable) => first && last && joins(cable, first.name) && joins(cable, last.name),
  )
  const hosts: MapHost[] = []
  if (first !== undefined) hosts.push(place(first, { x, y: y1 }))
  between.forEach((host, i) => {
    // Where one cable goes straight, the detour is beside it; of two detours each has its side.
    const side = direct || i % 2 === 1 ? 1 : -1
    hosts.push(place(host, { x: x + side * Math.min(90, width / 4), y: (y1 + y2) / 2 }))
  })
  if (last !== undefined && last !== first) hosts.push(place(last, { x, y: y2 }))
  const near = hosts[0] ?? { x, y: y1 }
  return { hosts, near, far: hosts.at(-1) ?? near }
}

function joins(cable: CableNode, node: string): boolean {
  return cable.between.includes(node)
}

function outsidesOf(
  hosts: readonly HostNode[],
  nodes: ReadonlyMap<string, MapHost>,
  side: 'above' | 'below',
  column: number,
  width: number,
  letter: number,
): MapOutside[] {
  const door = side === 'above' ? 'gateway' : 'exit'
  const behind = hosts.filter((host) => host.door === door)
  const sign = side === 'above' ? -1 : 1
  return behind.flatMap((host) => {
    const node = nodes.get(host.address)
    if (node === undefined) return []
    const { x, y } = node
    // Where the others have nothing outside there is room above them.
    const room = Math.max(0, Math.min(width - x, behind.length === 1 ? width : column - 16))
    const letters = Math.floor((room + 8) / letter)
    const remote = host.remote ?? 'a program'
    const words = side === 'above' && isLoopback(remote) ? 'your programs' : remote
    return [
      {
        key: host.address,
        x,
        y1: y + sign * (OUTSIDE - (side === 'above' ? 17 : 12)),
        y2: y + sign * (HOST_RADIUS + 3),
        gatewayY: y + sign * 25,
        // Of an address what it shares with its neighbours can go.
        words: words.length > letters && /^[\d.]+$/.test(words) ? lastPart(words) : words,
        wordsY: y + sign * (OUTSIDE - 8) + (side === 'above' ? 4 : 6),
        gatewayWords: GATEWAY.find((words) => words.length * 0.86 * letter + 16 < room) ?? '',
        room: letters,
      },
    ]
  })
}

const GATEWAY = ['gateway: your socket ends here', 'your socket ends here', 'gateway']
