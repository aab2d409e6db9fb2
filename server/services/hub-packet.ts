/** As much of a Socket.IO packet's text as its place in the trace needs. Large arguments are not parsed. */

export interface SocketIoPacket {
  readonly type: number
  readonly nsp: string
  readonly ack: number | undefined
  /** Name of the event; null for packets that are none. */
  readonly event: string | null
  /** What follows the name, as a JSON array; of other packets, their JSON. */
  readonly args: string
}

/** `<type>[<attachments>-][<nsp>,][<ackId>][JSON]`, Socket.IO protocol v5. */
const HEAD = /^([0-6])(?:(\d{1,15})-)?(?:(\/[^,]*),)?(\d{1,15})?/
const NAME = /^\[\s*("(?:[^"\\]|\\.)*"|\d+)\s*,?/

/** Only where it belongs, for a packet that nobody is told of. Undefined when it is none. */
export function readAddress(text: string): Pick<SocketIoPacket, 'type' | 'nsp'> | undefined {
  const head = HEAD.exec(text)
  return head === null ? undefined : { type: Number(head[1]), nsp: head[3] ?? '/' }
}

/** Undefined when it is none. */
export function readPacket(text: string): SocketIoPacket | undefined {
  const head = HEAD.exec(text)
  if (head === null) return undefined
  const [all, type, , nsp = '/', ack] = head
  const json = text.slice(all.length)
  const packet = { type: Number(type), nsp, ack: ack === undefined ? undefined : Number(ack) }
  const name = type === '2' || type === '5' ? NAME.exec(json) : null
  if (name === null) return { ...packet, event: null, args: json }
  return { ...packet, event: readName(name[1] ?? ''), args: `[${json.slice(name[0].length)}` }
}

function readName(json: string): string {
  try {
    return String(JSON.parse(json))
  } catch {
    return json
  }
}
