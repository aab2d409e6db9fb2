/**
 * A load balancer: it stands in front of several web servers, has no pages of its own, and passes each request on to
 * one of them. Which one is for its owner to choose. A WebSocket is one request: what follows it goes where that went.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'

export interface BalancerOptions {
  readonly host: string
  /** Where clients find it. */
  readonly port: number
  /** Where the servers are found, on the same host. */
  readonly nodes: readonly number[]
  /** The index of the one to which this request goes. */
  readonly choose: (request: IncomingMessage) => number
}

export interface Balancer {
  /** Ends every connection that leads through it. */
  close(): Promise<void>
}

/** Resolves when it listens. */
export async function startBalancer({ host, port, nodes, choose }: BalancerOptions): Promise<Balancer> {
  const open = new Set<Socket>()
  const follow = (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => open.delete(socket))
  }

  /** The server's port; undefined after an answer that there is none. */
  const nodeFor = (request: IncomingMessage): number | undefined => nodes[choose(request)]

  const server = http.createServer((request, response) => {
    const node = nodeFor(request)
    if (node === undefined) fail(response)
    else pass(request, response, { host, port: node })
  })
  server.on('connection', follow)

  server.on('upgrade', (request: IncomingMessage, client: Socket, head: Buffer) => {
    const node = nodeFor(request)
    if (node === undefined) {
      client.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n')
      return
    }
    const server = net.connect(node, host)
    follow(server)
    server.setNoDelay(true)
    client.setNoDelay(true)
    server.write(Buffer.concat([headOf(request), head]))
    client.pipe(server).pipe(client)
    client.once('close', () => server.destroy())
    server.once('close', () => client.destroy())
  })

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of open) socket.destroy()
      return closed
    },
  }
}

/** One request there and its answer back, over a connection of its own. */
function pass(request: IncomingMessage, response: ServerResponse, to: { host: string; port: number }): void {
  const { method, url: path, headers } = request
  const passed = http.request({
    ...to,
    method,
    path,
    headers: { ...headers, connection: 'close' },
    agent: false,
  })
  passed.on('response', (answer) => {
    const { connection, 'keep-alive': _, ...rest } = answer.headers
    response.writeHead(answer.statusCode ?? 502, rest)
    answer.pipe(response)
  })
  passed.on('error', () => fail(response))
  response.once('close', () => passed.destroy())
  request.pipe(passed)
}

function fail(response: ServerResponse): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(502, { 'content-length': 0 }).end()
}

/** A request's head as it came (RFC 9112 §2.1). */
function headOf({ method, url, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/1.1\r\n`
  for (let at = 0; at < rawHeaders.length; at += 2) head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
  return Buffer.from(`${head}\r\n`, 'latin1')
}
