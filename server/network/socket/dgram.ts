/**
 * `wirelab/dgram`: Node's `dgram` for a program that is a host of the lab network itself: datagrams with the
 * host's own address, broadcast, and ICMP's word when nobody is there.
 */
import type { RemoteInfo } from 'node:dgram'
import { checkedType } from './datagram-arguments.ts'
import { joinedHost } from './joined-host.ts'
import { type LabDatagramOptions, LabDatagramSocket } from './lab-datagram.ts'

export type { RemoteInfo }

export interface SocketOptions extends LabDatagramOptions {
  readonly type: 'udp4' | 'udp6'
}

type OnMessage = (message: Buffer, from: RemoteInfo) => void

export class Socket extends LabDatagramSocket {
  constructor(type: 'udp4' | 'udp6' | SocketOptions, onMessage?: OnMessage) {
    const options = typeof type === 'object' && type !== null ? type : { type }
    checkedType(options.type)
    super(joinedHost, options)
    if (onMessage !== undefined) this.on('message', onMessage)
  }
}

/** `udp4` is what the lab network has. */
export const createSocket = (type: 'udp4' | 'udp6' | SocketOptions, onMessage?: OnMessage): Socket =>
  new Socket(type, onMessage)

export default { createSocket, Socket }
