/** Which process has a port: so that "in use" can say by whom. */
import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import os from 'node:os'

export interface PortOwner {
  readonly pid: number
  /** Its command line, cut at 80 characters. */
  readonly command: string
}

type Transport = 'tcp' | 'udp'

/**
 * The process that listens on a TCP port, or has bound a UDP one. `undefined` when the port is free, or when
 * this user may not see whose it is. Never throws.
 */
export async function portOwner(port: number, transport: Transport): Promise<PortOwner | undefined> {
  try {
    if (os.platform() === 'linux') return await ownerInProc(port, transport)
    return os.platform() === 'win32' ? undefined : await ownerByLsof(port, transport)
  } catch {
    return undefined
  }
}

async function ownerInProc(port: number, transport: Transport): Promise<PortOwner | undefined> {
  const tables = await Promise.all(
    [transport, `${transport}6`].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const inodes = new Set(tables.flatMap((table) => inodesOf(table, port, transport)))
  if (inodes.size === 0) return undefined
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    if (!(await holdsOne(pid, inodes))) continue
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return { pid: Number(pid), command: shortened(words.split('\0').join(' ').trim()) }
  }
  return undefined
}

/** LISTEN for TCP; a bound UDP socket is in the state that TCP calls CLOSE. */
const STATE: Readonly<Record<Transport, string>> = { tcp: '0A', udp: '07' }

/** A line of the kernel's table of sockets. */
export interface SocketLine {
  readonly localPort: number
  readonly remotePort: number
  /** Two hex digits: 01 is ESTABLISHED, 0A LISTEN. */
  readonly state: string
  /** `0` when no process has it any more. */
  readonly inode: string
}

/**
 * proc(5), /proc/net/tcp: `sl local_address rem_address st … inode`, addresses as hex with the port behind a
 * colon.
 */
export function socketLines(table: string): SocketLine[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/)
      if (local === undefined || remote === undefined || state === undefined || inode === undefined) return []
      return { localPort: portIn(local), remotePort: portIn(remote), state, inode }
    })
}

function portIn(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16)
}

/** Those that listen, or are bound, at a port. Exported for its test. */
export function inodesOf(table: string, port: number, transport: Transport): string[] {
  return socketLines(table)
    .filter(({ localPort, state }) => localPort === port && state === STATE[transport])
    .map(({ inode }) => inode)
}

async function holdsOne(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Other users' processes don't show their files.
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  return targets.some((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    return inode !== undefined && inodes.has(inode)
  })
}

const LSOF_MS = 2_000

async function ownerByLsof(port: number, transport: Transport): Promise<PortOwner | undefined> {
  const what = transport === 'tcp' ? [`-iTCP:${port}`, '-sTCP:LISTEN'] : [`-iUDP:${port}`]
  const output = await new Promise<string>((resolve) => {
    execFile('lsof', ['-nP', ...what, '-Fpc'], { timeout: LSOF_MS }, (_, stdout) => resolve(stdout))
  })
  const [, pid, command] = /^p(\d+)\nc(.*)$/m.exec(output) ?? []
  return pid === undefined ? undefined : { pid: Number(pid), command: shortened(command ?? '') }
}

function shortened(command: string): string {
  return command.length > 80 ? `${command.slice(0, 79)}…` : command
}
