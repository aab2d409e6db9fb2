/** The fields of TFTP. */
import { expertMessage } from './expert.ts'
import { bytes, frameReference, heading, text, u8, u16, uint } from './field.ts'

export const OPCODES: Readonly<Record<number, string>> = {
  1: 'Read Request',
  2: 'Write Request',
  3: 'Data Packet',
  4: 'Acknowledgement',
  5: 'Error Code',
  6: 'Option Acknowledgement',
  255: 'Information (MSDP)',
}

/** RFC 1350 appendix, and 8 from RFC 2347 §4. */
export const ERROR_CODES: Readonly<Record<number, string>> = {
  0: 'Not defined',
  1: 'File not found',
  2: 'Access violation',
  3: 'Disk full or allocation exceeded',
  4: 'Illegal TFTP Operation',
  5: 'Unknown transfer ID',
  6: 'File already exists',
  7: 'No such user',
  8: 'Option negotiation failed',
}

const OPTION = 'RFC 2347'
const ANALYSIS = 'none'

export const TFTP_FIELDS = {
  opcode: u16('Opcode', {
    values: OPCODES,
    about: 'What the packet is: a request, a block of the file, or its receipt.',
  }),
  source_file: text('Source File', { about: 'The file that the client wants to read.' }),
  destination_file: text('Destination File', {
    about: 'The file that the client wants to write; in later packets, the file that this transfer is about.',
  }),
  request_frame: frameReference('Request frame', {
    spec: ANALYSIS,
    about: 'The packet that asked: it went to port 69, and the transfer went on from another port.',
  }),
  type: text('Type', {
    about: 'How the file travels: octet for its bytes as they are, netascii for lines of text.',
  }),
  block: u16('Block', { about: 'Counts the blocks from 1; each is acknowledged before the next is sent.' }),
  'block.full': uint('Full Block Number', {
    spec: ANALYSIS,
    about: 'The same beyond 65,535, where the 16 bits begin anew.',
  }),
  nextwindowsize: u8('Next Window Size', {
    spec: ANALYSIS,
    about: "How many blocks may follow without a receipt, in Microsoft's variant.",
  }),
  'error.code': u16('Error code', { values: ERROR_CODES, about: 'Why the transfer ends here.' }),
  'error.message': text('Error message', { about: 'The same in words.' }),
  option: heading('Option', {
    spec: OPTION,
    about: 'Something that client and server agree on before the file.',
  }),
  'option.name': text('Option name', {
    spec: OPTION,
    about: 'What it is about: blksize for longer blocks than 512 bytes, tsize for the length of the file.',
  }),
  'option.value': text('Option value', { spec: OPTION, about: 'What is asked for, or granted, as text.' }),
  data: bytes('Data', { about: 'The rest of a packet of an unknown kind.' }),
  error: heading('TFTP ERROR packet', { spec: ANALYSIS, about: 'The transfer has failed.' }),
  likely_tsize_probe: heading('Likely transfer size (tsize) probe', {
    spec: 'RFC 2349',
    about: 'No failure: the client only wanted to know how long the file is.',
  }),
  blocksize_range: heading('TFTP blocksize out of range', {
    spec: 'RFC 2348',
    about: 'A block has 8 to 65,464 bytes.',
  }),
  windowsize_range: heading('TFTP windowsize out of range', {
    spec: 'RFC 7440 §3',
    about: 'A window has 1 to 65,535 blocks.',
  }),
  'block.wrap': heading('TFTP block number is about to wrap', {
    spec: ANALYSIS,
    about: 'The file is longer than block numbers reach; no RFC says whether 0 or 1 follows.',
  }),
  '=_ws.expert.message': expertMessage,
} as const
