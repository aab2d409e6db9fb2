/** What rides in what: the tables by which a layer's next is found. */
import { data } from './data.ts'
import { ethernet } from './ethernet.ts'
import { malformed } from './malformed.ts'
import type { AnyProtocol, StreamProtocol, Table } from './protocol.ts'
import { udp } from './udp.ts'

/** `link` keys are LINKTYPE_ values (tcpdump.org/linktypes.html). */
const TABLES: Readonly<Record<Exclude<Table, 'tcp.port' | 'udp.port'>, readonly [number, AnyProtocol][]>> = {
  link: [[1, ethernet]],
  ethertype: [],
  'ip.proto': [[17, udp]],
}

/** Every protocol, in the order in which their bits and their completion entries stand. */
export const PROTOCOLS: readonly AnyProtocol[] = [malformed, data, ethernet, udp]

/** Stream protocols that are known by their first bytes, on any port. */
export const RECOGNISED: readonly StreamProtocol[] = []

/** Which protocol a port's bytes are, whatever they look like: `-d tcp.port==4001,echo`. */
export interface DecodeAs {
  table: 'tcp.port' | 'udp.port'
  port: number
  protocol: AnyProtocol
}

const bitOf = new Map<AnyProtocol, number>(PROTOCOLS.map((p, i) => [p, 1 << Math.min(i, 31)]))

export class Stack {
  readonly #tables = new Map<Table, Map<number, AnyProtocol>>()

  constructor(decodeAs: readonly DecodeAs[] = []) {
    for (const [table, rows] of Object.entries(TABLES)) this.#tables.set(table as Table, new Map(rows))
    this.#tables.set('tcp.port', new Map())
    this.#tables.set('udp.port', new Map())
    for (const row of decodeAs) this.decodeAs(row)
  }

  decodeAs(row: DecodeAs): void {
    this.#tables.get(row.table)?.set(row.port, row.protocol)
  }

  forget(table: DecodeAs['table'], port: number): void {
    this.#tables.get(table)?.delete(port)
  }

  lookup(table: Table, key: number): AnyProtocol | undefined {
    return this.#tables.get(table)?.get(key)
  }

  /** The protocol's bit in a packet's `protocols` word. */
  bit(protocol: AnyProtocol): number {
    return bitOf.get(protocol) ?? 1 << 31
  }
}
