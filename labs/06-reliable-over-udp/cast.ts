/** The receiver of lab 06: takes blocks in their order, acknowledges each, and says with the last what it got. */
import { createHash } from 'node:crypto'
import dgram from 'node:dgram'
import { HOST, port, ready } from '../kit/cast.ts'

const DATA = 3
const ACK = 4
const HEADER = 4
/** A block that is shorter is the last. */
const FULL_BLOCK = 512

interface Transfer {
  /** The number of the block that is taken next. */
  next: number
  readonly blocks: Buffer[]
  complete: boolean
}

/** By who sends. */
const transfers = new Map<string, Transfer>()
const socket = dgram.createSocket('udp4')

socket.on('message', (datagram, { address, port: from }) => {
  if (datagram.length < HEADER || datagram.readUInt16BE(0) !== DATA) return
  const block = datagram.readUInt16BE(2)
  const name = `${address} ${from}`
  let transfer = transfers.get(name)
  if (transfer === undefined || (transfer.complete && block === 1)) {
    transfer = { next: 1, blocks: [], complete: false }
    transfers.set(name, transfer)
  }
  // One that is ahead was sent before its turn; one that is behind has come before, and its ACK may be lost.
  if (block > transfer.next) return
  if (block === transfer.next && !transfer.complete) {
    transfer.blocks.push(datagram.subarray(HEADER))
    transfer.next++
    transfer.complete = datagram.length < HEADER + FULL_BLOCK
  }
  socket.send(acknowledgement(block, transfer), from, address)
})

function acknowledgement(block: number, { next, blocks, complete }: Transfer): Buffer {
  const head = Buffer.alloc(HEADER)
  head.writeUInt16BE(ACK, 0)
  head.writeUInt16BE(block, 2)
  if (!complete || block !== next - 1) return head
  const file = Buffer.concat(blocks)
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 8)
  return Buffer.concat([head, Buffer.from(`got ${file.length} bytes, sha256 ${hash}`)])
}

socket.bind(port('LISTEN'), HOST, ready)
