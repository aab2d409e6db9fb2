/** What can be set on a cable: names, steps of the sliders, and values as one reads and types them. */
import type { ImpairmentsNode, LabNetworkNode, PresetNode } from '../../server/dashboard/api-network.ts'

export type ImpairmentName = keyof ImpairmentsNode
export type Direction = 'up' | 'down'

export interface Knob {
  readonly name: ImpairmentName
  readonly label: string
  /** What it does, in a sentence; netem's word for it is its name. */
  readonly about: string
  /**
   * Where the slider stops, in the API's units, left to right. Steps grow with the value, since the difference between
   * 1 and 2 ms is as large to TCP as that between 100 and 200.
   */
  readonly steps: readonly number[]
  /** Taken for a number that is typed without one. */
  readonly unit: '' | 'ms' | '%' | 'mbit'
}

const times = [
  0, 0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1,
  2, 5,
]
const shares = [
  0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7,
  1,
]
/** The right end is no limit at all. */
const rates = [
  9600, 20e3, 56e3, 100e3, 200e3, 384e3, 500e3, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 100e6, 200e6, 500e6, 1e9, 0,
]

export const KNOBS: readonly Knob[] = [
  {
    name: 'delay',
    label: 'Delay',
    about: 'How long each frame is on the cable, one way.',
    steps: times,
    unit: 'ms',
  },
  {
    name: 'loss',
    label: 'Loss',
    about: 'The share of frames that never arrive.',
    steps: shares,
    unit: '%',
  },
  {
    name: 'rate',
    label: 'Rate',
    about: 'Bits a second: a frame takes its length’s time, and the next one waits.',
    steps: rates,
    unit: 'mbit',
  },
  {
    name: 'jitter',
    label: 'Jitter',
    about: 'How much the delay varies from frame to frame (standard deviation).',
    steps: times.filter((seconds) => seconds <= 1),
    unit: 'ms',
  },
  {
    name: 'burst',
    label: 'Burst',
    about: 'Losses come in a row of so many frames on average; the share stays the same.',
    steps: [0, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 100],
    unit: '',
  },
  {
    name: 'reorder',
    label: 'Reorder',
    about: 'The share of frames that leave at once, past those still waiting for their delay.',
    steps: shares,
    unit: '%',
  },
  {
    name: 'duplicate',
    label: 'Duplicate',
    about: 'The share of frames that arrive twice.',
    steps: shares,
    unit: '%',
  },
  {
    name: 'corrupt',
    label: 'Corrupt',
    about: 'The share of frames with one bit turned over: the checksum finds it.',
    steps: shares,
    unit: '%',
  },
  {
    name: 'limit',
    label: 'Queue',
    about: 'How many frames may wait for the rate; one more is dropped.',
    steps: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
    unit: '',
  },
]

/** The stop nearest to a value. */
export function stepOf({ name, steps }: Knob, value: number): number {
  // No limit is the fastest, not the slowest.
  if (name === 'rate' && value === 0) return steps.length - 1
  let best = 0
  let distance = Number.POSITIVE_INFINITY
  for (const [at, step] of steps.entries()) {
    if (name === 'rate' && step === 0) continue
    const away = Math.abs(Math.log((value + 1e-6) / (step + 1e-6)))
    if (away < distance) [best, distance] = [at, away]
  }
  return best
}

/** A value with its unit: `20 ms`, `1.5 %`, `1 Mbit/s`, `no limit`. */
export function formatImpairment(name: ImpairmentName, value: number): string {
  switch (name) {
    case 'rate':
      return value === 0 ? 'no limit' : formatRate(value)
    case 'delay':
    case 'jitter':
      return value >= 1 ? `${short(value)} s` : `${short(value * 1000)} ms`
    case 'burst':
      return value <= 1 ? 'one by one' : `${short(value)} frames`
    case 'limit':
      return value === 1 ? '1 frame' : `${short(value)} frames`
    default:
      return `${short(value * 100)} %`
  }
}

export function formatRate(bitsPerSecond: number): string {
  for (const [size, unit] of [
    [1e9, 'Gbit/s'],
    [1e6, 'Mbit/s'],
    [1e3, 'kbit/s'],
  ] as const) {
    if (bitsPerSecond >= size) return `${short(bitsPerSecond / size)} ${unit}`
  }
  return `${short(bitsPerSecond)} bit/s`
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}

/** What somebody typed as the API takes it: `20` is 20 ms where times stand; words that we write are read again. */
export function typedValue({ name, unit }: Knob, text: string): string | number {
  const typed = text.trim().replace(',', '.')
  if (name === 'rate' && (typed === '' || typed === '0' || /^no limit$/i.test(typed))) return 0
  if (name === 'burst' && (typed === '' || /^one by one$/i.test(typed))) return 0
  const tight = typed
    .replace(/\s+/g, '')
    .replace(/\/s$/i, '')
    .replace(/frames?$/i, '')
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(tight)) return tight
  return unit === '' ? Number(tight) : `${tight}${unit}`
}

/** What a direction does, in few words: `20 ms, 1 % lost`; `perfect` for one that does nothing. */
export function impairmentWords(node: ImpairmentsNode): string {
  const words = [
    node.delay > 0 ? formatImpairment('delay', node.delay) : '',
    node.jitter > 0 ? `±${formatImpairment('jitter', node.jitter)}` : '',
    node.rate > 0 ? formatRate(node.rate) : '',
    node.loss > 0 ? `${formatImpairment('loss', node.loss)} lost` : '',
    node.duplicate > 0 ? `${formatImpairment('duplicate', node.duplicate)} twice` : '',
    node.corrupt > 0 ? `${formatImpairment('corrupt', node.corrupt)} corrupted` : '',
    node.reorder > 0 ? `${formatImpairment('reorder', node.reorder)} reordered` : '',
  ].filter((part) => part !== '')
  return words.length === 0 ? 'perfect' : words.join(', ')
}

export function alike(up: ImpairmentsNode, down: ImpairmentsNode): boolean {
  return KNOBS.every(({ name }) => up[name] === down[name])
}

/** The server's cable is cut. */
export function isCut(network: Pick<LabNetworkNode, 'cables'>, cable = 'server'): boolean {
  return network.cables.some(({ name, cut }) => name === cable && cut)
}

/** What the cable is called: its preset, or what it does. */
export function cableName(network: LabNetworkNode): string {
  if (isCut(network)) return 'cut'
  const preset = presetOf(network)
  if (preset !== undefined) return preset.name
  const [up, down] = [impairmentWords(network.up), impairmentWords(network.down)]
  return up === down ? up : briefWords(network) || 'different each way'
}

/** The two that one looks for first, of both directions where they differ; empty for neither. */
export function briefWords({ up, down }: LabNetworkNode): string {
  return (['delay', 'loss'] as const)
    .filter((name) => up[name] + down[name] > 0)
    .map((name) => {
      const values = [...new Set([up[name], down[name]].map((value) => formatImpairment(name, value)))]
      return `${values.join(' / ')}${name === 'loss' ? ' lost' : ''}`
    })
    .join(', ')
}

export function presetOf({ preset, presets }: LabNetworkNode): PresetNode | undefined {
  return presets.find(({ id }) => id === preset)
}
