/** What a filter may ask of the frame itself: numbers, times and lengths that stand in no header. */

import type { Value } from '../protocols/field.ts'
import { LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2 } from '../protocols/linux-sll.ts'
import { LINKTYPE_LOOP, LINKTYPE_NULL } from '../protocols/null-loopback.ts'
import type { Packet } from '../protocols/packet.ts'
import type { Key, ValueType } from './filter-values.ts'

export interface FrameField {
  readonly name: string
  readonly label: string
  readonly type: ValueType
  readonly about: string
  /** Fields that must be recorded for it. */
  readonly needs?: readonly string[]
  /** `undefined` where the packet has none. */
  value(packet: Packet): Value | undefined
  /** Where the key is not made of the value. */
  key?(packet: Packet): Key | undefined
}

const ETHERTYPES = ['eth.type', 'vlan.etype', 'ieee8021ah.etype', 'sll.etype']

/** As tshark writes them: `eth:ethertype:ip:tcp`. */
export function protocolNames(packet: Packet): string {
  const names: string[] = []
  for (const { protocol, fields } of packet.layers) {
    // A note of our own has no bytes, nor has the cable, which tshark doesn't know.
    if (protocol.osi <= 1) continue
    names.push(protocol.id)
    if (fields.some(({ field }) => ETHERTYPES.includes(field.name))) names.push('ethertype')
  }
  return names.join(':')
}

function frameBytes(packet: Packet): Uint8Array {
  return packet.buffers[0]?.bytes ?? new Uint8Array(0)
}

function seconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e9
}

/** Nanoseconds since the capture's first packet. */
function sinceStart(packet: Packet): bigint {
  return packet.time - (packet.surroundings.start ?? packet.time)
}

/** Nanoseconds since the packet before it; 0 for the first. Undefined where that isn't held any more. */
export function sincePrevious(packet: Packet): bigint | undefined {
  if (packet.number <= 1) return 0n
  const previous = packet.surroundings.timeOf?.(packet.number - 1)
  return previous === undefined ? undefined : packet.time - previous
}

/** Wireshark's numbers for link types (WTAP_ENCAP_), where they are not LINKTYPE_'s. */
const ENCAPSULATIONS: Readonly<Record<number, number>> = {
  1: 1,
  [LINKTYPE_NULL]: 15,
  [LINKTYPE_LOOP]: 15,
  12: 7,
  14: 7,
  101: 7,
  228: 129,
  229: 130,
  [LINKTYPE_LINUX_SLL]: 25,
  [LINKTYPE_LINUX_SLL2]: 210,
}

export const FRAME_FIELDS: readonly FrameField[] = [
  {
    name: 'frame',
    label: 'Frame',
    type: 'protocol',
    about: 'Every packet: the bytes as they were captured.',
    value: frameBytes,
  },
  {
    name: 'frame.number',
    label: 'Frame Number',
    type: 'frame',
    about: 'Counts from 1 in order of capture.',
    value: (packet) => packet.number,
  },
  {
    name: 'frame.section_number',
    label: 'Section number',
    type: 'uint',
    about: 'Which of the capture file’s sections it stands in, counted from 1; none in a .pcap.',
    value: (packet) => packet.record?.interface.section,
  },
  {
    name: 'frame.interface_id',
    label: 'Interface id',
    type: 'uint',
    about: 'Which of the capture file’s interfaces it was seen at, counted from 0; none in a .pcap.',
    value: (packet) => packet.record?.interface.id,
  },
  {
    name: 'frame.interface_name',
    label: 'Interface name',
    type: 'string',
    about: 'What the capture file calls that interface, such as `lo`; none in a .pcap.',
    value: (packet) =>
      packet.record === undefined ? undefined : (packet.record.interface.name ?? 'unknown'),
  },
  {
    name: 'frame.interface_description',
    label: 'Interface description',
    type: 'string',
    about: 'What the capture file says of that interface.',
    value: (packet) => packet.record?.interface.description,
  },
  {
    name: 'frame.len',
    label: 'Frame Length',
    type: 'uint',
    about: 'Bytes on the wire.',
    value: (packet) => packet.originalLength,
  },
  {
    name: 'frame.cap_len',
    label: 'Capture Length',
    type: 'uint',
    about: 'Bytes held.',
    value: (packet) => frameBytes(packet).length,
  },
  {
    name: 'frame.time',
    label: 'Arrival Time',
    type: 'time',
    about:
      'When it was captured: compared with a date such as "2026-07-04 12:34:56", local unless it ends in Z.',
    value: (packet) => packet.time,
    key: (packet) => packet.time,
  },
  {
    name: 'frame.time_epoch',
    label: 'Epoch Time',
    type: 'duration',
    about: 'Seconds since 1970.',
    value: (packet) => Number(packet.time / 1000n) / 1e6,
    key: (packet) => packet.time,
  },
  {
    name: 'frame.time_relative',
    label: 'Time since first frame',
    type: 'duration',
    about: 'Seconds since the first packet of the capture.',
    value: (packet) => seconds(sinceStart(packet)),
    key: sinceStart,
  },
  {
    name: 'frame.time_delta',
    label: 'Time since previous frame',
    type: 'duration',
    about: 'Seconds since the packet before it.',
    value: (packet) => {
      const delta = sincePrevious(packet)
      return delta === undefined ? undefined : seconds(delta)
    },
    key: sincePrevious,
  },
  {
    name: 'frame.encap_type',
    label: 'Encapsulation type',
    type: 'int',
    about: "The link layer, by Wireshark's number: 1 is Ethernet.",
    value: (packet) => ENCAPSULATIONS[packet.linkType],
  },
  {
    name: 'frame.protocols',
    label: 'Protocols in frame',
    type: 'string',
    about: 'Their names, outermost first; `ethertype` where a type number of Ethernet led on.',
    needs: ETHERTYPES,
    value: protocolNames,
  },
]
