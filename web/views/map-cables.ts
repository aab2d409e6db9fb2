/** The map's cables: their ways, what they are called, and what stands beside them. */
import type { CableNode, LabNetworkNode } from '../../server/dashboard/api-network.ts'
import { briefWords, cableName, impairmentWords } from '../lib/impairments.ts'
import { CABLE_RADIUS, HOST_RADIUS, type MapCable, type MapHost, type Point } from './map-marks.ts'

/** Frames of both directions side by side on a line that has no width of its own. */
const BESIDE = 5
const CHARACTER = 6.4

/** What stands between clients and servers: what the former are plugged into, and what the latter are. */
export interface Middle {
  readonly hosts: MapHost[]
  readonly near: Point
  readonly far: Point
}

export function clientCable(from: MapHost | undefined, to: Point, of: string): MapCable | undefined {
  if (from === undefined) return undefined
  return {
    key: `client/${of}`,
    points: [
      { x: from.x, y: from.y + HOST_RADIUS },
      { x: from.x, y: from.y + 24 },
      { x: to.x + clamp((from.x - to.x) / 8, 20), y: to.y - 10 },
    ],
    cut: false,
    impaired: false,
    lane: BESIDE,
    of,
    words: [],
    wordsAt: { x: 0, y: 0, anchor: 'start' },
    name: '',
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value))
}

/** A cable of the API's: to a server, or between routers. */
export function drawnCable(
  cable: CableNode,
  network: LabNetworkNode,
  nodes: ReadonlyMap<string, MapHost>,
  { near, far }: Middle,
): MapCable | undefined {
  const [a, b] = cable.between.map((name) => nodeOf(name, network, nodes))
  const lower = [a, b].find((node) => node?.shape === 'server')
  const from = lower === undefined ? (a ?? near) : ([a, b].find((node) => node !== lower && node) ?? far)
  const to = lower ?? b
  if (to === undefined || from === to) return undefined
  const impaired = lower !== undefined
  const alone = impaired && network.hosts.filter(({ kind }) => kind === 'server').length === 1
  const brief = cable.cut || !alone ? '' : briefWords(network)
  return {
    key: cable.name,
    points: way(from, to),
    cut: cable.cut,
    impaired,
    lane: impaired ? (CABLE_RADIUS - 1) / 2 : BESIDE,
    of: '',
    words: !alone ? [] : named(cableName(network), brief, Math.floor((to.x - 24) / CHARACTER)),
    wordsAt: { x: to.x - 20, y: to.y, anchor: 'end' },
    name: impaired
      ? `Cable to ${to.words[0] ?? 'the server'}: ${cable.cut ? 'cut' : `${cableName(network)}, ${settings(network)}`}. Opens its settings.`
      : `Cable ${cable.name}${cable.cut ? ': cut' : ''}. ${cable.cut ? 'Plugs it in.' : 'Cuts it.'}`,
  }
}

/** In as many lines as there is room for: what the cable is called, and what it does where the name does not say it. */
function named(name: string, brief: string, room: number): string[] {
  const [first = '', ...rest] = name.split(' ')
  const split = name.length > room && rest.length > 0 ? [first, rest.join(' ')] : [name]
  return brief === '' || brief === name ? split : [...split, brief]
}

function settings({ up, down }: LabNetworkNode): string {
  const [there, back] = [impairmentWords(up), impairmentWords(down)]
  return there === back ? there : `to the server ${there}; back ${back}`
}

/** Host names and addresses both serve as a cable's ends. */
function nodeOf(
  name: string,
  network: LabNetworkNode,
  nodes: ReadonlyMap<string, MapHost>,
): MapHost | undefined {
  const host = network.hosts.find((one) => one.name === name || one.address === name)
  return nodes.get(name) ?? (host && (nodes.get(host.address) ?? nodes.get(host.name)))
}

function way(from: MapHost | Point, to: MapHost): Point[] {
  const down = to.y - from.y
  if (Math.abs(to.x - from.x) < 1) {
    return [
      { x: from.x, y: from.y + Math.sign(down) * 11 },
      { x: to.x, y: to.y - Math.sign(down) * HOST_RADIUS },
    ]
  }
  // Aside first, then straight down: marks are told apart on the upright part.
  if (to.shape === 'server') {
    return [
      { x: from.x, y: from.y + 11 },
      { x: to.x, y: from.y + Math.min(44, down * 0.45) },
      { x: to.x, y: to.y - HOST_RADIUS },
    ]
  }
  const away = Math.hypot(to.x - from.x, down)
  const off = (end: Point, sign: number, by: number): Point => ({
    x: end.x + (sign * by * (to.x - from.x)) / away,
    y: end.y + (sign * by * down) / away,
  })
  return [off(from, 1, 12), off(to, -1, 12)]
}
