/** Frames as the lab network's hosts send them, written by hand for tests of cables and switches. */

export interface Parts {
  from?: number
  to?: number
  source?: number
  destination?: number
  sourcePort?: number
  destinationPort?: number
  sequence?: number
  /** Of `FSRPAU`. */
  flags?: string
  payload?: number
  protocol?: 'tcp' | 'udp'
}

export const CLIENT = 0x0a000064
export const SERVER = 0x0a000001
export const mac = (address: number): number => 0x0200 * 2 ** 32 + address

export function ethernet(to: number, from: number, type: number, payload: number): Uint8Array {
  const frame = new Uint8Array(14 + payload)
  const view = new DataView(frame.buffer)
  for (const [at, address] of [
    [0, to],
    [6, from],
  ] as const) {
    view.setUint16(at, Math.floor(address / 2 ** 32))
    view.setUint32(at + 2, address % 2 ** 32)
  }
  view.setUint16(12, type)
  return frame
}

/** A segment or datagram without checksums: cables don't look at them. */
export function segment(parts: Parts = {}): Uint8Array {
  const { source = CLIENT, destination = SERVER, protocol = 'tcp', payload = 0 } = parts
  const header = protocol === 'tcp' ? 20 : 8
  const frame = ethernet(
    parts.to ?? mac(destination),
    parts.from ?? mac(source),
    0x0800,
    20 + header + payload,
  )
  const view = new DataView(frame.buffer)
  frame[14] = 0x45
  view.setUint16(16, 20 + header + payload)
  frame[22] = 64
  frame[23] = protocol === 'tcp' ? 6 : 17
  view.setUint32(26, source)
  view.setUint32(30, destination)
  view.setUint16(34, parts.sourcePort ?? 50_000)
  view.setUint16(36, parts.destinationPort ?? 4001)
  if (protocol === 'udp') {
    view.setUint16(38, 8 + payload)
    return frame
  }
  view.setUint32(38, parts.sequence ?? 1)
  frame[46] = 0x50
  for (const [at, letter] of [...'FSRPAU'].entries()) {
    if (parts.flags?.includes(letter)) frame[47] = frame[47]! | (1 << at)
  }
  return frame
}

/** Of so many bytes, and told apart by its number. */
export function numbered(number: number, length = 60): Uint8Array {
  const frame = segment({ protocol: 'udp', payload: Math.max(4, length - 42) })
  new DataView(frame.buffer).setUint32(42, number)
  return frame
}

export const numberOf = (frame: Uint8Array): number => new DataView(frame.buffer).getUint32(42)

export function arpRequest(source: number, target: number): Uint8Array {
  const frame = ethernet(0xffff_ffff_ffff, mac(source), 0x0806, 46)
  const view = new DataView(frame.buffer)
  view.setUint32(28, source)
  view.setUint32(38, target)
  return frame
}
