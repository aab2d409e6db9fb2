/** The ports of a run: what stands there, and how to try it by hand. */
import type { Door } from '../../labs/kit/lab.ts'

type Command = (host: string, port: number) => string

export interface PortWords {
  readonly title: string
  /** What the page can send to there; null where it can't. */
  readonly service: string | null
  readonly command: Command | null
}

const curl: Command = (host, port) => `curl http://${host}:${port}/`
const nc: Command = (host, port) => `nc ${host} ${port}`
const ncUdp: Command = (host, port) => `nc -u ${host} ${port}`

/** By the names that labs use for them. */
const PORTS: Readonly<Record<string, PortWords>> = {
  TCP: { title: 'TCP echo', service: 'tcp-echo', command: nc },
  UDP: { title: 'UDP echo', service: 'udp-echo', command: ncUdp },
  WS: {
    title: 'WebSocket echo',
    service: 'websocket-echo',
    command: (host, port) =>
      `node -e "const w=new(require('ws'))('ws://${host}:${port}');w.on('open',()=>w.send('hello'));w.on('message',(m)=>{console.log(String(m));w.close()})"`,
  },
  HUB: { title: 'Socket.IO hub', service: 'hub', command: curl },
  TLS: {
    title: 'the hub over TLS',
    service: null,
    command: (host, port) => `curl -k https://${host}:${port}/`,
  },
}

const DOORS: Readonly<Record<Door, Command>> = { http: curl, tcp: nc, udp: ncUdp }

/** `door`: what the lab's own server speaks; null where it has none. Of several places the later ones have a number: `LISTEN2`. */
export function portWords(name: string, door: Door | null): PortWords {
  const known = PORTS[name]
  if (known !== undefined) return known
  const words = (title: string, command: Command | null) => ({ title, service: null, command })
  if (name.startsWith('LISTEN')) return words('for the server of this lab', null)
  if (name.startsWith('DOOR')) return words('the way to the server of this lab', door && DOORS[door])
  if (name !== 'CLOSED') return words('', null)
  return words('nobody listens here', door === 'udp' ? ncUdp : (host, port) => `nc -v ${host} ${port}`)
}
