/** The commands that let this user capture on this system. */
import { readFile } from 'node:fs/promises'
import os from 'node:os'
import { findProgram } from './find-program.ts'

export type Family =
  | 'debian'
  | 'fedora'
  | 'arch'
  | 'alpine'
  | 'suse'
  | 'linux'
  | 'macos'
  | 'windows'
  | 'unknown'

/** What the remedy depends on. */
export interface System {
  readonly family: Family
  readonly user: string
  readonly root: boolean
  /** The group's members as the system lists them include the user, though this login may not have it yet. */
  readonly inWiresharkGroup: boolean
  /** What one puts before a command to run it as root. */
  readonly elevate: 'sudo' | 'doas' | 'su' | 'none'
}

/** Why the capture tools here are of no use to this user. */
export type Obstacle =
  | { kind: 'missing' }
  /** Only root and the group `wireshark` may run dumpcap: that is how distributions mean it. */
  | { kind: 'group' }
  /** The tool runs, but the kernel lets it open no capture. */
  | { kind: 'denied'; tool: 'dumpcap' | 'tcpdump'; path: string }
  /** Root, but in a container without the capability. */
  | { kind: 'container' }
  /** It fails for a reason that no permission mends. */
  | { kind: 'broken' }

const INSTALLERS: Partial<Record<Family, string>> = {
  debian: 'apt-get install -y',
  fedora: 'dnf install -y',
  arch: 'pacman -S --noconfirm',
  alpine: 'apk add',
  suse: 'zypper install -y',
  macos: 'brew install',
}

/** The packages that bring dumpcap. */
const DUMPCAP: Partial<Record<Family, string>> = {
  debian: 'wireshark-common',
  fedora: 'wireshark-cli',
  arch: 'wireshark-cli',
  suse: 'wireshark',
}

/** The command that installs a program here; `undefined` where its package's name is not known. */
export function installCommand(
  system: System,
  packages: Partial<Record<Family, string>>,
): string | undefined {
  const installer = INSTALLERS[system.family]
  const name = packages[system.family]
  if (installer === undefined || name === undefined) return undefined
  // Homebrew refuses to run as root.
  return system.family === 'macos' ? `${installer} ${name}` : asRoot(system, `${installer} ${name}`)
}

/** Debian's package asks whether other users may capture; the answer is given beforehand. */
const DEBIAN_YES = 'echo wireshark-common wireshark-common/install-setuid boolean true'

/** Commands in the order in which to run them; the last may say what to do afterwards, behind a `#`. */
export function remedyFor(system: System, obstacle: Obstacle): string[] {
  if (obstacle.kind === 'broken') return []
  const root = (command: string) => asRoot(system, command)
  switch (system.family) {
    case 'macos':
      // Until the next start of the machine; the cask makes it last.
      return ['sudo chown "$USER" /dev/bpf*', 'brew install --cask wireshark-chmodbpf  # the same, for good']
    case 'windows':
      return ['winget install -e --id WiresharkFoundation.Wireshark  # and say yes to Npcap']
    case 'unknown':
      return []
  }
  if (obstacle.kind === 'container') {
    return ['docker run --cap-add=NET_RAW --cap-add=NET_ADMIN …  # start the container with these']
  }
  const join = system.root ? [] : joinGroup(system)
  if (obstacle.kind === 'group') return join
  if (obstacle.kind === 'missing') {
    const install = installCommand(system, DUMPCAP)
    if (install !== undefined) {
      const yes = `${DEBIAN_YES} | ${root('debconf-set-selections')}`
      return system.family === 'debian' && !system.root ? [yes, install, ...join] : [install, ...join]
    }
    const tcpdump = installCommand(system, { alpine: system.root ? 'tcpdump' : 'tcpdump libcap' })
    if (tcpdump === undefined) return ['# install dumpcap, which is part of Wireshark, or tcpdump']
    return system.root ? [tcpdump] : [tcpdump, root(setcap('/usr/bin/tcpdump'))]
  }
  if (obstacle.tool === 'dumpcap' && system.family === 'debian' && obstacle.path === '/usr/bin/dumpcap') {
    return [
      `${DEBIAN_YES} | ${root('debconf-set-selections')}`,
      root('dpkg-reconfigure -f noninteractive wireshark-common'),
      ...join,
    ]
  }
  return [root(setcap(obstacle.path))]
}

function joinGroup(system: System): string[] {
  const use = 'newgrp wireshark  # or log in again, then start Wirelab'
  return system.inWiresharkGroup ? [use] : [asRoot(system, `usermod -aG wireshark ${system.user}`), use]
}

function setcap(path: string): string {
  return `setcap cap_net_raw,cap_net_admin=eip ${path}`
}

function asRoot(system: System, command: string): string {
  if (system.root || system.elevate === 'none') return command
  if (system.elevate !== 'su') return `${system.elevate} ${command}`
  return `su -c "${command.replaceAll('"', '\\"')}"`
}

const IDS: Readonly<Record<string, Family>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'fedora',
  centos: 'fedora',
  arch: 'arch',
  alpine: 'alpine',
  suse: 'suse',
  opensuse: 'suse',
}

/** Reads `ID` and `ID_LIKE` of /etc/os-release (os-release(5)). */
export function familyOf(osRelease: string): Family {
  for (const key of ['ID', 'ID_LIKE']) {
    const line = osRelease.split('\n').find((each) => each.startsWith(`${key}=`))
    const words = line?.slice(key.length + 1).replaceAll(/["']/g, '') ?? ''
    for (const word of words.split(' ')) {
      const family = IDS[word]
      if (family !== undefined) return family
    }
  }
  return 'linux'
}

/** Never throws: what can't be read is left at its most general. */
export async function readSystem(env: NodeJS.ProcessEnv): Promise<System> {
  const platform = os.platform()
  const { username: user, uid } = userOf()
  const root = uid === 0
  if (platform === 'darwin') return { family: 'macos', user, root, inWiresharkGroup: false, elevate: 'sudo' }
  if (platform === 'win32')
    return { family: 'windows', user, root: false, inWiresharkGroup: false, elevate: 'none' }
  if (platform !== 'linux') {
    return { family: 'unknown', user, root, inWiresharkGroup: false, elevate: 'none' }
  }
  const [release, groups, sudo, doas] = await Promise.all([
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    readFile('/etc/group', 'utf8').catch(() => ''),
    findProgram('sudo', env),
    findProgram('doas', env),
  ])
  const members = groups.split('\n').find((line) => line.startsWith('wireshark:'))
  return {
    family: familyOf(release),
    user,
    root,
    inWiresharkGroup: members?.split(':')[3]?.split(',').includes(user) ?? false,
    elevate: sudo !== undefined ? 'sudo' : doas !== undefined ? 'doas' : 'su',
  }
}

function userOf(): { username: string; uid: number } {
  try {
    return os.userInfo()
  } catch {
    // A uid without an entry in /etc/passwd, as in many containers.
    return { username: '$USER', uid: -1 }
  }
}
