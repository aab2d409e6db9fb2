/** `--stats protocols`: what rides in what, with packets and bytes (tshark's `-z io,phs`). */
import type { Layer, Packet } from '../protocols/packet.ts'
import { PROTOCOLS } from '../protocols/stack.ts'
import { WantedFields } from '../trace/wanted-fields.ts'
import type { Collector } from './read-collect.ts'
import type { TextOutput } from './text-output.ts'

interface Node {
  readonly id: string
  packets: number
  bytes: number
  /** The packet that was counted last: one with two such layers counts once. */
  last: number
  readonly children: Map<string, Node>
}

function nodeOf(id: string): Node {
  return { id, packets: 0, bytes: 0, last: 0, children: new Map() }
}

/** Columns before the numbers. */
const INDENT = 2
const NAME_WIDTH = 40

export class ProtocolStats implements Collector {
  /** No field of theirs, but all layers as they nest. */
  readonly needs = new WantedFields(PROTOCOLS.map(({ id }) => id))
  readonly #root = nodeOf('')
  #packets = 0
  #bytes = 0

  packet(packet: Packet): void {
    this.#packets++
    this.#bytes += packet.originalLength
    const nodes: Node[] = []
    for (const [i, layer] of packet.layers.entries()) nodes[i] = this.#node(packet, layer, nodes)
  }

  /** Where a layer stands in the tree: below the one that carries it. */
  #node(packet: Packet, { protocol, parent }: Layer, nodes: readonly Node[]): Node {
    const above = nodes[parent] ?? this.#root
    // Notes of our own and the cable are no protocols.
    if (protocol.osi <= 1) return above
    let node = above.children.get(protocol.id)
    if (node === undefined) {
      node = nodeOf(protocol.id)
      above.children.set(protocol.id, node)
    }
    if (node.last !== packet.number) {
      node.last = packet.number
      node.packets++
      node.bytes += packet.originalLength
    }
    return node
  }

  async finish(_: unknown, output: TextOutput): Promise<void> {
    output.add(`Protocol hierarchy: ${this.#packets} packets, ${this.#bytes} bytes\n\n`)
    for (const child of this.#root.children.values()) this.#write(child, 0, output)
  }

  #write({ id, packets, bytes, children }: Node, depth: number, output: TextOutput): void {
    const name = `${' '.repeat(INDENT * depth)}${id}`
    output.add(`${name.padEnd(NAME_WIDTH)} packets:${packets} bytes:${bytes}\n`)
    for (const child of children.values()) this.#write(child, depth + 1, output)
  }
}
