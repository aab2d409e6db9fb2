/** What rides in what: the tables by which a layer's next is found. */
import { arp } from './arp.ts'
import { data } from './data.ts'
import { dataTextLines } from './data-text-lines.ts'
import { dhcp } from './dhcp.ts'
import { DNS_PROTOCOLS, dns, llmnr, mdns } from './dns.ts'
import { echo } from './echo.ts'
import { engineIo } from './engine-io.ts'
import { ethernet } from './ethernet.ts'
import {
  TYPE_ARP,
  TYPE_IPV4,
  TYPE_IPV6,
  TYPE_PROVIDER_BRIDGE,
  TYPE_RARP,
  TYPE_VLAN,
  TYPE_VLAN_OLD_STACKED,
} from './ethertypes.ts'
import { http } from './http.ts'
import { icmp } from './icmp.ts'
import { icmpv6 } from './icmpv6.ts'
import * as ip from './ip-protocols.ts'
import { ipv4 } from './ipv4.ts'
import { ipv6 } from './ipv6.ts'
import { authentication, destinationOptions, fragment, hopByHop, IPV6_EXTENSIONS } from './ipv6-extensions.ts'
import { routing } from './ipv6-routing.ts'
import { json } from './json.ts'
import { link } from './link.ts'
import { LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2, sll } from './linux-sll.ts'
import { malformed } from './malformed.ts'
import { mediaType } from './media-type.ts'
import { LINKTYPE_LOOP, LINKTYPE_NULL, nullLoopback } from './null-loopback.ts'
import { packetComment } from './packet-comment.ts'
import { type AnyProtocol, LAST_BIT, type Next, type StreamProtocol, type Table } from './protocol.ts'
import { providerBridge } from './provider-bridge.ts'
import { rawIp } from './raw-ip.ts'
import { socketIo } from './socket-io.ts'
import { tcp } from './tcp.ts'
import { tftp } from './tftp.ts'
import { tls } from './tls.ts'
import { udp } from './udp.ts'
import { urlencodedForm } from './urlencoded-form.ts'
import { vlan } from './vlan.ts'
import { websocket } from './websocket.ts'

/** `link` keys are LINKTYPE_ values (tcpdump.org/linktypes.html). */
const TABLES: Readonly<Record<Table, readonly [number, AnyProtocol][]>> = {
  link: [
    [LINKTYPE_NULL, nullLoopback],
    [1, ethernet],
    [12, rawIp],
    [14, rawIp],
    [101, rawIp],
    [LINKTYPE_LOOP, nullLoopback],
    [LINKTYPE_LINUX_SLL, sll],
    [228, ipv4],
    [229, ipv6],
    [LINKTYPE_LINUX_SLL2, sll],
  ],
  ethertype: [
    [TYPE_IPV4, ipv4],
    [TYPE_ARP, arp],
    [TYPE_VLAN, vlan],
    [TYPE_IPV6, ipv6],
    [TYPE_PROVIDER_BRIDGE, providerBridge],
    [TYPE_RARP, arp],
    [TYPE_VLAN_OLD_STACKED, vlan],
  ],
  'ip.proto': [
    [ip.HOP_BY_HOP, hopByHop],
    [ip.ICMP, icmp],
    [ip.IPV4, ipv4],
    [ip.TCP, tcp],
    [ip.UDP, udp],
    [ip.IPV6, ipv6],
    [ip.ROUTING, routing],
    [ip.FRAGMENT, fragment],
    [ip.AUTHENTICATION, authentication],
    [ip.ICMPV6, icmpv6],
    [ip.DESTINATION_OPTIONS, destinationOptions],
  ],
  'tcp.port': [
    [53, dns],
    [5353, dns],
  ],
  'udp.port': [
    [53, dns],
    [67, dhcp],
    [68, dhcp],
    [69, tftp],
    [4011, dhcp],
    [5353, mdns],
    [5355, llmnr],
  ],
}

/** Every protocol, in the order in which their bits and their completion entries stand. */
export const PROTOCOLS: readonly AnyProtocol[] = [
  malformed,
  data,
  link,
  ethernet,
  vlan,
  nullLoopback,
  sll,
  rawIp,
  arp,
  ipv4,
  ipv6,
  icmp,
  icmpv6,
  tcp,
  udp,
  // Before what it carries: a conversation is called by the last of those that it is made of.
  tls,
  echo,
  http,
  websocket,
  engineIo,
  socketIo,
  json,
  packetComment,
  dataTextLines,
  mediaType,
  urlencodedForm,
  ...DNS_PROTOCOLS,
  dhcp,
  tftp,
  // The rarest, which share the last bit.
  ...IPV6_EXTENSIONS,
  providerBridge,
]

/** Stream protocols that are known by their first bytes, on any port. */
export const RECOGNISED: readonly StreamProtocol[] = [http, tls]

/** Which protocol a port's bytes are, whatever they look like: `-d tcp.port==4001,echo`. */
export interface DecodeAs {
  table: 'tcp.port' | 'udp.port'
  port: number
  protocol: AnyProtocol
}

PROTOCOLS.forEach((each, i) => {
  each.bit = i < 31 ? 1 << i : LAST_BIT
})

/** Bits of all protocols of a layer, the uppermost layer first. */
const LAYER_BITS = [7, 6, 5, 4, 3, 2, 1].map((osi) => ({
  osi,
  bits: PROTOCOLS.reduce((bits, each) => (each.osi === osi ? bits | each.bit : bits), 0),
}))

/** The uppermost OSI layer among the protocols of a packet; 0 where none has a layer. */
export function uppermost(protocols: number): number {
  for (const { osi, bits } of LAYER_BITS) if ((protocols & bits) !== 0) return osi
  return 0
}

interface Found {
  table: Table | undefined
  key: number
  protocol: AnyProtocol | undefined
}

export class Stack {
  readonly #tables = new Map<Table, Map<number, AnyProtocol>>()
  /** What was asked for last, by the lowest bits of its key: packet by packet it is nearly always the same. */
  readonly #latest = Array.from(
    { length: 16 },
    (): Found => ({ table: undefined, key: 0, protocol: undefined }),
  )

  constructor(decodeAs: readonly DecodeAs[] = []) {
    for (const [table, rows] of Object.entries(TABLES)) this.#tables.set(table as Table, new Map(rows))
    for (const { table, port, protocol } of decodeAs) this.#tables.get(table)?.set(port, protocol)
  }

  lookup(table: Table, key: number): AnyProtocol | undefined {
    const latest = this.#latest[key & 15]
    if (latest?.key === key && latest.table === table) return latest.protocol
    const protocol = this.#tables.get(table)?.get(key)
    if (latest !== undefined) Object.assign(latest, { table, key, protocol })
    return protocol
  }

  /** The first that is known. */
  find({ table, keys }: Next): AnyProtocol | undefined {
    for (const key of keys) {
      const found = this.lookup(table, key)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** The protocol's bit in a packet's `protocols` word. */
  bit(protocol: AnyProtocol): number {
    return protocol.bit
  }
}
