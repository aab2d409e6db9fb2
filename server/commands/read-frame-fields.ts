/** Fields of `-T fields` that stand in no field's span: of the frame, and of the packet list. */
import type { Ink } from '../protocols/ink.ts'
import type { Packet } from '../protocols/packet.ts'
import { protocolNames, sincePrevious } from '../trace/filter-frame.ts'
import type { Columns } from '../trace/rows.ts'
import { formatTime } from '../trace/time.ts'
import { oneLine } from './terminal-text.ts'

/** Adds a field's text; `row` gives the packet list's line, which costs something to make. */
export type FrameField = (out: Ink, packet: Packet, row: () => Columns) => void

export const FRAME_FIELDS: Readonly<Record<string, FrameField>> = {
  frame: (out, packet) => out.text(`Frame ${packet.number}`),
  'frame.number': (out, packet) => decimal(out, packet.number),
  'frame.time': (out, packet) => out.text(timeText(packet.time)),
  'frame.time_epoch': (out, packet) => out.text(formatTime(packet.time)),
  'frame.time_relative': (out, packet) => seconds(out, packet.nanos, 9),
  'frame.time_delta': (out, packet) => {
    const delta = sincePrevious(packet)
    if (delta !== undefined) out.text(formatTime(delta))
  },
  'frame.len': (out, packet) => decimal(out, packet.originalLength),
  'frame.cap_len': (out, packet) => decimal(out, packet.buffers[0]?.bytes.length ?? 0),
  'frame.protocols': (out, packet) => out.text(protocolNames(packet)),
  '_ws.col.Number': (out, packet) => decimal(out, packet.number),
  '_ws.col.Time': (out, packet) => seconds(out, packet.nanos, 6),
  '_ws.col.Source': (out, packet) => out.text(packet.source),
  '_ws.col.Destination': (out, packet) => out.text(packet.destination),
  '_ws.col.Protocol': (out, _, row) => out.text(row().protocol),
  '_ws.col.Length': (out, packet) => decimal(out, packet.originalLength),
  '_ws.col.Info': (out, _, row) => out.text(oneLine(row().info)),
}

/** Those that need the packet list's line in full. */
export const LINED: ReadonlySet<string> = new Set(['_ws.col.Info', '_ws.col.Protocol'])

function decimal(out: Ink, value: number): void {
  out.room(20)
  out.decimal(value)
}

const SECOND = 1_000_000_000
const MINUS = 0x2d
const DOT = 0x2e

/** Whole nanoseconds as seconds, cut after so many decimals. */
function seconds(out: Ink, nanos: number, decimals: 6 | 9): void {
  const size = Math.abs(nanos)
  const whole = Math.floor(size / SECOND)
  const rest = size - whole * SECOND
  out.room(32)
  if (nanos < 0) out.byte(MINUS)
  out.decimal(whole)
  out.byte(DOT)
  out.digits(decimals === 9 ? rest : Math.floor(rest / 1000), decimals)
}

/** `Nov 14, 2023 22:13:20.000000000 UTC`: the local clock, as tshark writes it. */
function timeText(time: bigint): string {
  const [seconds = '0', fraction = ''] = formatTime(time).split('.')
  const date = new Date(Number(seconds) * 1000)
  const [, month = '', day = '', year = '', clock = ''] = date.toString().split(' ')
  return `${month} ${String(Number(day)).padStart(2, ' ')}, ${year} ${clock}.${fraction} ${zoneName(date)}`
}

let zones: readonly Intl.DateTimeFormat[] | undefined

/** Each place knows the short names of its own zones: EST in America, CET in Britain. */
function zoneName(date: Date): string {
  // Making them takes 10 ms, and few ask for the clock.
  zones ??= ['en-US', 'en-GB'].map((locale) => new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }))
  const names = zones.map(
    (zone) => zone.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value,
  )
  return names.find((name) => name !== undefined && !/[+-]/.test(name)) ?? names[0] ?? 'UTC'
}
