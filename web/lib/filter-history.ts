/** Filters that were in force, the newest first, and some that one should know. */

/** More than these nobody looks through. */
const MOST = 30
const LONGEST = 500

export function readHistory(text: string | null): string[] {
  try {
    const found: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(found)) return []
    return found.filter((one): one is string => typeof one === 'string' && one !== '').slice(0, MOST)
  } catch {
    return []
  }
}

/** With a filter that came into force: each stands there once. */
export function withFilter(history: readonly string[], filter: string): string[] {
  const text = filter.trim()
  if (text === '' || text.length > LONGEST) return [...history]
  return [text, ...history.filter((one) => one !== text)].slice(0, MOST)
}

export function without(history: readonly string[], filter: string): string[] {
  return history.filter((one) => one !== filter)
}

/** What is asked most often, and what it finds. */
export const EXAMPLES: readonly (readonly [filter: string, finds: string])[] = [
  ['tcp.flags.syn == 1', 'how connections begin: SYN, and SYN ACK'],
  ['tcp.flags.fin == 1 || tcp.flags.reset == 1', 'how they end: in order, or at once'],
  ['tcp.len > 0', 'segments that carry bytes of a program'],
  ['tcp.analysis.retransmission', 'what TCP had to send again'],
  ['link.fate == "lost"', 'what the cable lost'],
  ['frame.time_delta > 1', 'packets after a second of silence'],
  ['echo', 'lines to the echo and back, over TCP or UDP'],
  ['http.request', 'requests of HTTP, those that poll among them'],
  ['websocket', 'what goes over WebSocket'],
  ['socketio.event', 'events of Socket.IO: who emitted what'],
  ['engineio.type in {2, 3}', 'heartbeats: the server’s pings, the client’s pongs'],
  ['!(tcp.port == 4001)', 'everything but one port'],
]
