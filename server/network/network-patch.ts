/** `PATCH /api/network` read: every value checked before any of it is applied. */
import type { EndpointNode } from '../dashboard/api.ts'
import type { ChosenFateNode, NetworkPatch } from '../dashboard/api-network.ts'
import { NetworkError } from '../errors.ts'
import { ipv4Text, parseIpv4 } from './address.ts'
import {
  CHOSEN_FATES,
  type Choice,
  type ChoiceState,
  type ChosenFate,
  type FlowEnd,
  MATCHES,
  type Match,
} from './chosen-fates.ts'
import type { Impairments } from './impairments.ts'
import { IMPAIRMENT_NAMES, isImpairmentName, parseImpairment } from './impairments-text.ts'
import { PRESETS, type Preset } from './presets.ts'
import type { Direction } from './tap.ts'

export interface PatchRead {
  readonly undo: boolean
  readonly preset: Preset | undefined
  readonly up: Partial<Impairments>
  readonly down: Partial<Impairments>
  readonly cut: readonly string[]
  readonly plugIn: readonly string[]
  readonly choose: readonly { direction: Direction; choice: Choice }[]
  readonly unchoose: readonly number[] | 'all'
  readonly seed: number | undefined
}

/** Throws a NetworkError for the first thing that can't be; `cables` are the names that may be cut. */
export function readPatch(patch: NetworkPatch, cables: readonly string[]): PatchRead {
  return {
    undo: patch.undo === true,
    preset: patch.preset === undefined ? undefined : readPreset(patch.preset),
    up: readImpairments(patch.up ?? {}, 'up'),
    down: readImpairments(patch.down ?? {}, 'down'),
    cut: readCables(patch.cut ?? [], 'cut', cables),
    plugIn: readCables(patch.plugIn ?? [], 'plugIn', cables),
    choose: (patch.choose ?? []).map((given, at) => readChoice(given, `choose.${at}`)),
    unchoose: patch.unchoose ?? [],
    seed: patch.seed === undefined ? undefined : readSeed(patch.seed),
  }
}

const wrong = (field: string, expected: string, found: unknown, code: string): NetworkError =>
  new NetworkError(`${field}: expected ${expected}; found ${JSON.stringify(found) ?? 'nothing'}`, code, {
    field,
    expected,
  })

function readPreset(id: string): Preset {
  const preset = PRESETS.find((each) => each.id === id)
  if (preset === undefined) {
    throw wrong('preset', `one of ${PRESETS.map((each) => each.id).join(', ')}`, id, 'unknown-preset')
  }
  return preset
}

/** Some of one direction's impairments, by name. Throws a NetworkError that names the field, such as `up.loss`. */
export function readImpairments(
  given: Readonly<Record<string, number | string | undefined>>,
  field: string,
): Partial<Impairments> {
  const read: { -readonly [K in keyof Impairments]?: Impairments[K] } = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (!isImpairmentName(name)) {
      throw wrong(field, `any of ${IMPAIRMENT_NAMES.join(', ')}`, name, 'unknown-impairment')
    }
    read[name] = parseImpairment(name, value, `${field}.${name}`)
  }
  return read
}

function readCables(names: readonly string[], field: string, cables: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!cables.includes(name)) {
      throw wrong(field, `the name of a cable: ${cables.join(', ')}`, name, 'unknown-cable')
    }
  }
  return names
}

const LARGEST_SEED = 0xffff_ffff

/** Throws a NetworkError unless it is a whole number of 32 bits. */
export function readSeed(seed: number, field = 'seed'): number {
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
    throw wrong(field, `a whole number from 0 to ${LARGEST_SEED}`, seed, 'bad-seed')
  }
  return seed
}

type GivenChoice = Partial<Omit<ChosenFateNode, 'id' | 'met' | 'matched'>>

/** Left out: up, data, the first conversation that matches, the first, one, lost; 200 ms for a delay. */
function readChoice(given: GivenChoice, field: string): { direction: Direction; choice: Choice } {
  const { direction = 'up', match = 'data', fate = 'lost', nth = 1, count = 1, delay } = given
  if (direction !== 'up' && direction !== 'down') {
    throw wrong(`${field}.direction`, 'up or down', direction, 'bad-choice')
  }
  if (!isOneOf<Match>(MATCHES, match)) {
    throw wrong(`${field}.match`, `one of ${MATCHES.join(', ')}`, match, 'bad-choice')
  }
  if (!isOneOf<ChosenFate>(CHOSEN_FATES, fate)) {
    throw wrong(`${field}.fate`, `one of ${CHOSEN_FATES.join(', ')}`, fate, 'bad-choice')
  }
  if (!isCount(nth)) throw wrong(`${field}.nth`, 'a whole number from 1', nth, 'bad-choice')
  if (count !== null && !isCount(count)) {
    throw wrong(`${field}.count`, 'a whole number from 1, or null for all', count, 'bad-choice')
  }
  const seconds = fate === 'delayed' ? parseImpairment('delay', delay ?? DEFAULT_DELAY, `${field}.delay`) : 0
  return {
    direction,
    choice: {
      match,
      flow: readFlow(given.flow ?? null, `${field}.flow`),
      ports: given.ports == null ? undefined : readPorts(given.ports, `${field}.ports`),
      nth,
      count: count ?? undefined,
      fate,
      delay: seconds * 1000,
    },
  }
}

/** Seconds: enough for later segments to overtake, and for three duplicate acknowledgements. */
const DEFAULT_DELAY = 0.2

const isOneOf = <T extends string>(all: readonly T[], value: string): value is T =>
  all.some((each) => each === value)
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 1

function readFlow(flow: EndpointNode | 'any' | null, field: string): FlowEnd | 'any' | undefined {
  if (flow === null) return undefined
  if (flow === 'any') return 'any'
  const address = parseIpv4(flow.address)
  const { port } = flow
  if (address === undefined || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw wrong(field, "the client's address and port on the lab network", flow, 'bad-choice')
  }
  return { address, port }
}

function readPorts(ports: readonly number[], field: string): readonly number[] {
  const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port <= 65535
  if (ports.length > 0 && ports.every(isPort)) return ports
  throw wrong(field, 'ports of servers on the lab network, or null for any', ports, 'bad-choice')
}

/** As the API shows it. */
export function choiceNode(direction: Direction, state: ChoiceState): ChosenFateNode {
  const { id, match, flow, ports, nth, count, fate, delay, met, matched } = state
  return {
    id,
    direction,
    match,
    flow: flow === undefined || flow === 'any' ? (flow ?? null) : endNode(flow),
    ports: ports === undefined ? null : [...ports],
    nth,
    count: count ?? null,
    fate,
    delay: fate === 'delayed' ? delay / 1000 : null,
    met,
    matched,
  }
}

const endNode = ({ address, port }: FlowEnd): EndpointNode => ({ address: ipv4Text(address), port })
