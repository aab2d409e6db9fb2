/** Whether conversations are the learner's: by the processes whose sockets they are, where the system can tell. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import os from 'node:os'
import { type SocketLine, socketLines } from '../port-owner.ts'

/** `unknown` where nobody can tell, as when the socket is closed already, or on systems other than Linux. */
export type Whose = 'own' | 'foreign' | 'unknown'

export interface ProgramSocket {
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  /** Ports that it may be connected to. */
  readonly remotePorts: ReadonlySet<number>
}

/**
 * Whose each of the sockets is, in their order: all are looked up at once, since each look reads much of /proc.
 * `groups`: process groups of the learner's programs, each named by the process that it began with (`startProgram`
 * makes one). Never throws.
 */
export function whoseSockets(sockets: readonly ProgramSocket[], groups: ReadonlySet<number>): Whose[] {
  if (os.platform() !== 'linux') return sockets.map(() => 'unknown')
  const before = openSockets()
  const members = membersOf(groups)
  const open = members.map(socketsOf)
  const theirs = new Set(open.flat())
  const whose = sockets.map((socket): Whose => {
    const inodes = inodesAt(socket, before)
    // Programs that have ended: what they had open can't be told from what others have.
    if (inodes.length === 0 || members.length === 0) return 'unknown'
    return inodes.some((inode) => theirs.has(inode)) ? 'own' : 'foreign'
  })
  if (!whose.includes('foreign')) return whose
  // A program that ends has no files any more, and its sockets stay in the table for a moment.
  if (open.includes(undefined)) return whose.map((found) => (found === 'foreign' ? 'unknown' : found))
  // One that was closed meanwhile may have been theirs.
  const after = readTables()
  return whose.map((found, at) => {
    const socket = sockets[at]
    if (found !== 'foreign' || socket === undefined) return found
    const still = new Set(inodesAt(socket, after))
    return inodesAt(socket, before).every((inode) => still.has(inode)) ? 'foreign' : 'unknown'
  })
}

type Transport = ProgramSocket['transport']
type Tables = Record<Transport, readonly SocketLine[]>

let tables: Tables | undefined

/** Read once for all who ask in the same turn: the kernel takes milliseconds to write a table down. */
function openSockets(): Tables {
  if (tables === undefined) {
    queueMicrotask(() => {
      tables = undefined
    })
    tables = readTables()
  }
  return tables
}

/**
 * Read at once, as all of /proc here: by promises each of these files would wait for a turn of Node's threads, several
 * times, and that is seconds on a busy machine. Until it is known whose they are, the learner's packets wait.
 */
function readTables(): Tables {
  const of = (transport: Transport) =>
    [transport, `${transport}6`]
      .flatMap((name) => socketLines(orElse('', () => readFileSync(`/proc/net/${name}`, 'utf8'))))
      .filter(({ inode }) => inode !== '0')
  return { tcp: of('tcp'), udp: of('udp') }
}

function inodesAt({ transport, port, remotePorts }: ProgramSocket, tables: Tables): string[] {
  return tables[transport]
    .filter((line) => line.localPort === port && (transport === 'udp' || remotePorts.has(line.remotePort)))
    .map(({ inode }) => inode)
}

function membersOf(groups: ReadonlySet<number>): string[] {
  return orElse([], () => readdirSync('/proc')).filter((pid) => /^\d+$/.test(pid) && groups.has(groupOf(pid)))
}

/**
 * proc(5), /proc/PID/stat: `pid (name) state ppid pgrp …`; the name may hold anything. 0 when it has ended, and of a
 * zombie, which has let go of all it had.
 */
function groupOf(pid: string): number {
  const stat = orElse('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const [state, , group] = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/)
  return state === 'Z' ? 0 : Number(group ?? 0)
}

/** Inodes of the sockets that a process has open; undefined of one that has no file, or whose files this user may not see. */
function socketsOf(pid: string): string[] | undefined {
  const names = orElse([], () => readdirSync(`/proc/${pid}/fd`))
  if (names.length === 0) return undefined
  const targets = names.map((name) => orElse('', () => readlinkSync(`/proc/${pid}/fd/${name}`)))
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [])
}

function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
