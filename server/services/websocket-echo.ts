/**
 * WebSocket echo (RFC 6455) with `ws` and no Socket.IO: every message comes back, text as text, binary as
 * binary. It begins as HTTP: a GET that asks to upgrade gets 101, and from then on the same TCP connection
 * carries frames. Anything else gets 426 Upgrade Required.
 */
import http from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { previewBytes, report, reportFrequent } from './application-events.ts'
import { type Service, type ServiceOptions, serve } from './service.ts'

/** A longer message is answered with close code 1009 (Message Too Big). */
const MAX_PAYLOAD = 1024 * 1024
/** Echo that the client has not yet read; above it we stop reading from that client too. */
const HIGH_WATER_MARK = 1024 * 1024

export async function startWebSocketEcho(options: ServiceOptions): Promise<Service> {
  const server = http.createServer((_request, response) => {
    response.writeHead(426, { Upgrade: 'websocket', 'Content-Type': 'text/plain; charset=utf-8' })
    response.end('This port speaks WebSocket: connect to it with ws:// instead of http://.\n')
  })
  const webSockets = new WebSocketServer({ server, maxPayload: MAX_PAYLOAD, autoPong: false })
  // `ws` passes the server's own errors on, such as a port that is taken: `serve` below tells of them.
  webSockets.on('error', () => undefined)
  webSockets.on('connection', (webSocket, request) => {
    const { remoteAddress = null, remotePort = null } = request.socket
    echo(webSocket, { service: 'websocket-echo', remoteAddress, remotePort })
  })

  const listening = await serve(server, options)
  return {
    name: 'websocket-echo',
    ...listening,
    async close() {
      for (const client of webSockets.clients) client.terminate()
      webSockets.close()
      await listening.close()
    },
  }
}

type Sender = { service: string; remoteAddress: string | null; remotePort: number | null }

function echo(webSocket: WebSocket, from: Sender): void {
  report({ ...from, kind: 'connect' })
  // What `pipe` does for a stream, by hand: no reading on while the answers pile up.
  const pauseWhenBehind = () => {
    if (webSocket.bufferedAmount > HIGH_WATER_MARK) webSocket.pause()
  }
  const resumeWhenRead = () => {
    if (webSocket.isPaused && webSocket.bufferedAmount <= HIGH_WATER_MARK) webSocket.resume()
  }
  webSocket.on('message', (data: Buffer, isBinary) => {
    reportFrequent(() => ({
      ...from,
      kind: 'on',
      direction: 'in',
      event: 'message',
      args: previewBytes(data),
      listeners: 1,
    }))
    webSocket.send(data, { binary: isBinary }, resumeWhenRead)
    reportFrequent(() => ({
      ...from,
      kind: 'emit',
      direction: 'out',
      event: 'send',
      args: previewBytes(data),
    }))
    pauseWhenBehind()
  })
  webSocket.on('ping', (data) => {
    webSocket.pong(data, false, resumeWhenRead)
    pauseWhenBehind()
  })
  // A frame that breaks the rules, or a connection that broke: `ws` closes it, with the fitting code.
  webSocket.on('error', () => undefined)
  webSocket.on('close', (code, reason) => {
    report({ ...from, kind: 'disconnect', reason: reason.length > 0 ? `${code} ${reason}` : String(code) })
  })
}
