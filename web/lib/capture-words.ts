/** What is said of captures in files. */
import type { ApiError } from '../../server/dashboard/api.ts'
import type {
  CaptureNode,
  RecordingNode,
  SecretsTaken,
  SessionOfFile,
} from '../../server/dashboard/api-captures.ts'
import { formatBytes, formatClock, formatInterval, middleCut, plural } from './format.ts'

/** Longer names are cut in the middle. */
const MOST_OF_NAME = 60

export const shortName = (name: string): string => middleCut(name, MOST_OF_NAME)

/** What leads to the last row: in a file nothing newer comes. */
export const toTail = (file: boolean): string => (file ? 'To the end' : 'To the newest')

/** Why a file did not open, and what to do. */
export function openProblem(name: string, { code, message }: Pick<ApiError, 'code' | 'message'>): string {
  const file = shortName(name)
  if (code === 'too-many-captures') return `${file} finds no room: close one of the files below first.`
  const sentence = `${file} was not opened: ${message.replace(/\.$/, '')}.`
  if (/not a pcap/.test(message)) return `${sentence} Choose a .pcapng or .pcap, packed with gzip or not.`
  return sentence
}

/** What a key log begins with: a comment, or a secret in the NSS key log format. */
const KEY_LOG = /^\s*(#|[A-Z][A-Z0-9_]{2,63} [0-9a-fA-F]{64} )/

/** Whether a file of that beginning is a key log; no capture begins so. */
export const isKeyLog = (beginning: string): boolean => KEY_LOG.test(beginning)

/** What became of a key log, and what to do where it opens nothing. */
export function secretsWords(name: string, { added, malformed, again }: SecretsTaken): string {
  const file = shortName(name)
  if (again) return `${plural(added, 'secret')} taken from ${file}: the capture was read again with them.`
  if (added > 0) {
    const taken = added === 1 ? 'One secret was' : `${added} secrets were`
    return `${taken} taken from ${file}, but none is of a session in this capture that was shut. Give the key log of a program that spoke in it, written while it spoke.`
  }
  if (malformed === 0) return `${file} holds no secret that was not known already.`
  return `${file} is no key log: a line of one is CLIENT_RANDOM and two numbers in hex. Programs write it to the file that SSLKEYLOGFILE names.`
}

/** `118 packets, from a lab` */
export function captureWords({ packets, session, state }: CaptureNode): string {
  if (state === 'reading') return 'being read…'
  const count = plural(packets, 'packet')
  return session === null ? count : `${count}, from a lab`
}

/** `118 packets, 129 kB in 10.9 s` */
export function recordedWords(recording: RecordingNode): string {
  const { packets, bytes, files, startedAt, endedAt } = recording
  const time =
    startedAt === null || endedAt === null
      ? ''
      : ` in ${formatInterval(Math.max(0, Number(endedAt) - Number(startedAt)))}`
  const parts = files > 1 ? `, ${files} files` : ''
  return `${plural(packets, 'packet')}, ${formatBytes(bytes)}${parts}${time}`
}

/** Minutes and seconds of a recording that runs: `0:10`. */
export function runningFor(startedAt: string, now: number): string {
  const seconds = Math.max(0, Math.floor(now - Number(startedAt)))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** Where a file is from, and what that means for the page. */
export function originWords(session: SessionOfFile | null): string {
  if (session === null) {
    return 'Not from a lab: its packets are all there is. Events, both ends’ own state and the cable are not in it.'
  }
  const date = new Date(Number(session.startedAt) * 1000).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  })
  const end = session.network === 'lab' ? `, seen from the ${session.at ?? 'client'}s’ end` : ''
  const kept = session.filtered ? ' Only what a filter let through is in it.' : ''
  return `From the lab of ${date}, ${formatClock(session.startedAt).slice(0, 5)}${end}. Read only: as it was.${kept}`
}
