/**
 * The visitors of lab 18: a browser with two pages open, one of the server's own site and a foreign one, and a program
 * that is no browser. The browser does what browsers do: it says which page asks, it keeps the cookie and sends it
 * along where the cookie's attributes let it, and it shows a page only those answers that CORS lets it show.
 */
import http from 'node:http'
import { io, type Socket } from 'socket.io-client'
import { HOST, listening, port } from '../kit/cast.ts'
import { heard, settled } from '../kit/clients.ts'

const OWN_PAGE = 'http://shop.example'
const FOREIGN_PAGE = 'http://evil.example'
const BROWSER = 'Mozilla/5.0 (played by the lab)'
const PROGRAM = 'no browser at all'
/** A lost SYN is sent again after a second, then after two and four. */
const LIMIT_MS = 10_000

const url = `http://${HOST}:${port('DOOR')}`

if (await listening()) await play()
else console.error(`Nothing listens on port ${port('LISTEN')}: this lab needs your server there.`)

async function play(): Promise<void> {
  await visit('/open/', { page: OWN_PAGE, transport: 'polling' })
  // The page is not shown the answer, so it does not learn the session's id: one request is all it can do.
  await ask('GET', '/open/?EIO=4&transport=polling', FOREIGN_PAGE)
  await visit('/open/', { page: FOREIGN_PAGE, transport: 'websocket' })

  const cookie = (await ask('POST', '/login', OWN_PAGE))?.headers['set-cookie']?.[0]
  await visit('/open/', { page: OWN_PAGE, transport: 'websocket', cookie: pairOf(cookie) })
  const crosses = cookie !== undefined && !/;\s*samesite=(strict|lax)/i.test(cookie)
  await visit('/open/', {
    page: FOREIGN_PAGE,
    transport: 'websocket',
    cookie: crosses ? pairOf(cookie) : undefined,
  })

  await ask('GET', '/guarded/?EIO=4&transport=polling', FOREIGN_PAGE)
  await Promise.all([
    visit('/guarded/', { page: FOREIGN_PAGE, transport: 'websocket', token: 'open-sesame' }),
    visit('/guarded/', { page: OWN_PAGE, transport: 'websocket', token: 'open-sesame' }),
    visit('/guarded/', { page: OWN_PAGE, transport: 'websocket', token: 'abracadabra' }),
    visit('/guarded/', { page: OWN_PAGE, transport: 'websocket' }),
    visit('/guarded/', { page: OWN_PAGE, transport: 'websocket', token: 'guess', agent: PROGRAM }),
  ])
}

interface Visit {
  readonly page: string
  readonly transport: 'polling' | 'websocket'
  readonly cookie?: string | undefined
  readonly token?: string
  readonly agent?: string
}

/** Comes by Socket.IO, hears what there is to hear at once, and leaves. */
async function visit(
  path: string,
  { page, transport, cookie, token, agent = BROWSER }: Visit,
): Promise<void> {
  const client: Socket = io(url, {
    path,
    transports: [transport],
    upgrade: false,
    reconnection: false,
    forceNew: true,
    timeout: LIMIT_MS,
    extraHeaders: { Origin: page, 'User-Agent': agent, ...(cookie !== undefined && { Cookie: cookie }) },
    auth: token === undefined ? {} : { token },
  })
  await heard(client, ['connect', 'connect_error'], LIMIT_MS)
  await settled(client)
  client.disconnect()
}

/** `session=…` of a Set-Cookie header. */
function pairOf(cookie: string | undefined): string | undefined {
  return cookie?.split(';')[0]
}

/** One request of a page; undefined when no answer has come. */
function ask(method: string, path: string, page: string): Promise<http.IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const headers = { Origin: page, 'User-Agent': BROWSER }
    const request = http.request(
      url + path,
      { method, headers, agent: false, timeout: LIMIT_MS },
      (response) => {
        response.resume().on('end', () => resolve(response))
      },
    )
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
    request.on('error', (error) => {
      console.error(`${method} ${path}: ${error.message}`)
      resolve(undefined)
    })
    request.end()
  })
}
