/**
 * Trivial File Transfer Protocol, RFC 1350 §5, with options, RFC 2347.
 *
 *   2 bytes    string    1 byte   string   1 byte
 *  +----------+---------+------+---------+------+
 *  | 01 or 02 | file    |  0   | mode    |  0   | option, 0, value, 0 …
 *  +----------+---------+------+---------+------+
 *  | 03 DATA  | block (2 bytes)  | 0 to 512 bytes of the file: fewer than a block end it
 *  | 04 ACK   | block (2 bytes)  |
 *  | 05 ERROR | code (2 bytes)   | message | 0  |
 *  | 06 OACK  | option, 0, value, 0 …
 *  +----------+
 *
 * The request goes to port 69. The answer comes from a port that the server chose for this transfer (§4).
 */
import { at16 } from './big-endian.ts'
import type { Flow } from './conversation.ts'
import { type Cursor, decodeText } from './cursor.ts'
import { data } from './data.ts'
import type { Field } from './field.ts'
import { type NamedFields, protocol } from './protocol.ts'
import { ERROR_CODES, OPCODES, TFTP_FIELDS } from './tftp-fields.ts'
import { advance, fullBlock, newTransfer, type Transfer } from './tftp-transfer.ts'
import { expectReply } from './udp-reply.ts'

type Fields = NamedFields<typeof TFTP_FIELDS>

const READ = 1
const WRITE = 2
const DATA = 3
const ACK = 4
const ERROR = 5
const OACK = 6
const INFORMATION = 255

export const tftp = protocol({
  id: 'tftp',
  name: 'Trivial File Transfer Protocol',
  short: 'TFTP',
  osi: 7,
  unit: 'packet',
  spec: 'RFC 1350',
  about:
    'Carries one file, block by block, each acknowledged: simple enough for the firmware that boots a machine.',
  fields: TFTP_FIELDS,
  dissect(c, f) {
    const start = c.pos
    const opcode = c.take(f.opcode)
    const told = c.remember(() => record(c, opcode))
    const words = [OPCODES[opcode] ?? `Unknown (0x${opcode.toString(16).padStart(4, '0')})`]
    const { transfer } = told
    if (transfer.request > 0 && opcode !== READ && opcode !== WRITE) {
      c.put(f.destination_file, transfer.file, start)
      c.put(f.request_frame, transfer.request, start)
    }
    if (opcode === READ || opcode === WRITE) {
      const file = takeZeroText(c, opcode === READ ? f.source_file : f.destination_file)
      words.push(`File: ${file}`, `Transfer type: ${takeZeroText(c, f.type)}`)
      takeOptions(c, f, opcode, words)
    } else if (opcode === OACK || opcode === INFORMATION) takeOptions(c, f, opcode, words)
    else if (opcode === DATA || opcode === ACK) {
      const block = c.take(f.block)
      c.put(f['block.full'], told.block, start)
      words.push(`Block: ${told.block}${told.last ? LAST : ''}`)
      if (block === 0xffff && !told.last && opcode === DATA) note(c, f, 'block.wrap')
    } else if (opcode === ERROR) {
      const code = c.take(f['error.code'])
      const message = takeZeroText(c, f['error.message'])
      words.push(`Code: ${ERROR_CODES[code] ?? `Unknown (${code})`}`, `Message: ${message}`)
      note(c, f, told.probe ? 'likely_tsize_probe' : 'error')
    } else c.takeBytes(f.data, c.left)
    c.info(words.join(', '))
    if (opcode === DATA && c.left > 0) c.carry(data)
    return undefined
  },
  wordy: true,
  skim(s) {
    const { bytes, at: start, end, flow } = s
    const dataAt = start + BLOCK_HEADER
    if (flow === undefined || dataAt > end || s.wireEnd !== end) return false
    const opcode = at16(bytes, start)
    if (opcode !== DATA && opcode !== ACK) return false
    const transfer = flow.state.get('tftp') as Transfer | undefined
    const told = s.remember(
      recordBlock(flow, transfer ?? newTransfer(), opcode, at16(bytes, start + 2), end - dataAt),
    )
    if (s.speak()) {
      s.info.ascii(opcode === DATA ? DATA_WORDS : ACK_WORDS)
      s.info.decimal(told.block)
      if (told.last) s.info.ascii(LAST)
    }
    s.at = dataAt
    if (opcode === DATA && dataAt < end) s.pass(data)
    return true
  },
})

/** Of a block and of its acknowledgment: the opcode and the number. */
const BLOCK_HEADER = 4
const LAST = ' (last)'
const DATA_WORDS = `${OPCODES[DATA]}, Block: `
const ACK_WORDS = `${OPCODES[ACK]}, Block: `

/** What is remembered of one packet. */
interface Remembered {
  readonly transfer: Transfer
  /** Counted beyond 16 bits; 0 where the packet has none. */
  readonly block: number
  /** A block shorter than the others: the file ends with it. */
  readonly last: boolean
  /** An error by which a client ends what it asked only for the length of the file. */
  readonly probe: boolean
}

/** The only place where the transfer changes. `c` stands behind the opcode. */
function record(c: Cursor, opcode: number): Remembered {
  const { packet } = c
  const { flow } = packet
  let transfer = (flow?.state.get('tftp') as Transfer | undefined) ?? newTransfer()
  if ((opcode === READ || opcode === WRITE) && flow !== undefined) {
    const [file = '', , ...options] = decodeText(c.bytes.subarray(c.pos, c.end)).split('\0')
    const asksSize = opcode === READ && options.some((name, i) => i % 2 === 0 && /^tsize$/i.test(name))
    transfer = newTransfer({ request: packet.number, file, reading: opcode === READ, asksSize })
    expectReply(packet, tftp, transfer)
  }
  flow?.state.set('tftp', transfer)
  const number = c.left >= 2 ? c.view.getUint16(c.pos) : 0
  if (opcode === DATA || opcode === ACK) {
    return recordBlock(flow, transfer, opcode, number, c.wireLeft - 2)
  }
  const probe = opcode === ERROR && isProbe(transfer, number)
  if (opcode === OACK) transfer.blockSize = grantedBlockSize(c) ?? transfer.blockSize
  transfer.lastOpcode = opcode
  return { transfer, block: 0, last: false, probe }
}

/** The same for a block or its acknowledgment; `length`: bytes behind the number. */
function recordBlock(
  flow: Flow | undefined,
  transfer: Transfer,
  opcode: number,
  number: number,
  length: number,
): Remembered {
  flow?.state.set('tftp', transfer)
  const block = fullBlock(transfer, number)
  const last = opcode === DATA && length < transfer.blockSize
  if (opcode === DATA) advance(transfer, block)
  transfer.lastOpcode = opcode
  return { transfer, block, last, probe: false }
}

/** RFC 2349: whoever only wants to know the length ends the transfer by an error behind the first answer. */
function isProbe({ asksSize, lastOpcode, nextBlock }: Transfer, code: number): boolean {
  return (
    asksSize &&
    (code === 0 || code === 8) &&
    (lastOpcode === OACK || (lastOpcode === DATA && nextBlock === 2))
  )
}

const MIN_BLOCK = 8
const MAX_BLOCK = 65_464
const MAX_WINDOW = 65_535

function grantedBlockSize(c: Cursor): number | undefined {
  const parts = decodeText(c.bytes.subarray(c.pos, c.end)).split('\0')
  const at = parts.findIndex((name, i) => i % 2 === 0 && /^blksize$/i.test(name))
  const size = at < 0 ? Number.NaN : Number.parseInt(parts[at + 1] ?? '', 10)
  return size >= MIN_BLOCK && size <= MAX_BLOCK ? size : undefined
}

/** Text up to a zero, which is of it. */
function takeZeroText(c: Cursor, field: Field<string>): string {
  const zero = c.bytes.indexOf(0, c.pos)
  if (zero < 0 || zero >= c.end) {
    if (c.wireLeft > c.left) return c.need(field.label, c.left + 1)
    return c.fail(field.label, 'expected a zero at its end, found the end of the packet')
  }
  const value = decodeText(c.bytes.subarray(c.pos, zero))
  c.put(field, value, c.pos, zero + 1)
  c.pos = zero + 1
  return value
}

function takeOptions(c: Cursor, f: Fields, opcode: number, words: string[]): void {
  while (c.left > 0) {
    const start = c.pos
    let text = ''
    c.group(f.option, '', () => {
      const name = takeZeroText(c, f['option.name'])
      const value = takeZeroText(c, f['option.value'])
      text = `${name}=${value}`
      const number = Number.parseInt(value, 10)
      if (/^windowsize$/i.test(name) && !(number >= 1 && number <= MAX_WINDOW))
        note(c, f, 'windowsize_range', start)
      if (opcode === OACK && /^blksize$/i.test(name) && !(number >= MIN_BLOCK && number <= MAX_BLOCK)) {
        note(c, f, 'blocksize_range', start)
      }
    })
    words.push(text)
  }
}

/** A finding, under its own name and among the notes. */
function note(
  c: Cursor,
  f: Fields,
  key: 'error' | 'likely_tsize_probe' | 'blocksize_range' | 'windowsize_range' | 'block.wrap',
  start = c.pos,
): void {
  const { label } = f[key]
  c.put(f[key], '', start, c.pos, label)
  c.put(f['=_ws.expert.message'], label, start, c.pos)
}
