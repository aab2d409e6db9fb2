import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { after, before, describe, it } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { listeningDashboard, testDashboard } from './dashboard.ts'

const OWN = { host: '127.0.0.1:3000' }

describe('who may talk to the dashboard', () => {
  const { app } = testDashboard()
  const get = (url: string, headers: Record<string, string>) => app.inject({ url, headers })

  for (const host of ['127.0.0.1:3000', 'localhost:3000', 'LOCALHOST:3000', '[::1]:3000']) {
    it(`a request to ${host} is answered`, async () => {
      const response = await get('/api/status', { host })
      assert.equal(response.statusCode, 200)
    })
  }

  for (const host of [
    'evil.example',
    'evil.example:3000',
    '127.0.0.1',
    '127.0.0.1:3001',
    'localhost.evil.example:3000',
    '127.0.0.1:3000.evil.example',
    '10.0.0.1:3000',
    '',
  ]) {
    it(`a request to ${JSON.stringify(host)} gets nothing from API or page`, async () => {
      for (const url of ['/api/status', '/api/packets', '/', '/index.html', '/api/none', '/none']) {
        const response = await get(url, { host })
        assert.equal(response.statusCode, 403, url)
        assert.equal(response.json().code, 'foreign-host')
        assert.deepEqual(Object.keys(response.json()).sort(), ['code', 'expected', 'field', 'message'])
      }
    })
  }

  for (const origin of [
    'http://evil.example',
    'null',
    'https://127.0.0.1:3000',
    'http://127.0.0.1:3001',
    'http://localhost:3000',
    'file://',
  ]) {
    it(`a page of ${origin} gets nothing from API or page`, async () => {
      for (const url of ['/api/status', '/', '/api/capture.pcapng']) {
        const response = await get(url, { ...OWN, origin })
        assert.equal(response.statusCode, 403, url)
        assert.equal(response.json().code, 'foreign-origin')
      }
      const posted = await app.inject({
        method: 'POST',
        url: '/api/captures',
        headers: { ...OWN, origin, 'content-type': 'application/octet-stream' },
        payload: 'x',
      })
      assert.equal(posted.statusCode, 403)
    })
  }

  it('our own page is answered', async () => {
    const response = await get('/api/status', { ...OWN, origin: 'http://127.0.0.1:3000' })
    assert.equal(response.statusCode, 200)
  })

  it('an image or script of a foreign page, which bears no Origin, gets nothing', async () => {
    const headers = {
      ...OWN,
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    }
    assert.equal((await get('/api/packets', headers)).statusCode, 403)
    assert.equal((await get('/', headers)).statusCode, 403)
    const frame = {
      ...OWN,
      'sec-fetch-site': 'same-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
    }
    assert.equal((await get('/', frame)).statusCode, 403)
  })

  it('a link on a foreign page opens our page, but no data', async () => {
    const link = {
      ...OWN,
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    }
    assert.notEqual((await get('/', link)).statusCode, 403)
    assert.equal((await get('/api/packets', link)).statusCode, 403)
    assert.equal((await get('/%61pi/packets', link)).statusCode, 403)
  })

  it('every answer forbids sniffing, framing and foreign content', async () => {
    for (const url of ['/', '/api/status', '/api/none']) {
      const { headers } = await get(url, OWN)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.match(String(headers['content-security-policy']), /default-src 'self'.*frame-ancestors 'none'/)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })
})

describe('a dashboard with a token', () => {
  const { app } = testDashboard({ token: 'secret' })
  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { ...OWN, ...headers } })

  it('asks the API for it', async () => {
    assert.equal((await get('/api/status')).statusCode, 401)
    assert.equal((await get('/api/status')).json().code, 'token-required')
    for (const wrong of ['Bearer', 'Bearer secret2', 'Bearer secre', 'Basic secret', 'secret']) {
      assert.equal((await get('/api/packets', { authorization: wrong })).statusCode, 401, wrong)
    }
    assert.equal((await get('/api/status', { authorization: 'Bearer secret' })).statusCode, 200)
  })

  it('asks for it however the path is written', async () => {
    for (const url of ['/%61pi/status', '/%61%70%69/packets', '/api/%73tatus?x', '/api/none']) {
      assert.equal((await get(url)).statusCode, 401, url)
    }
  })

  it('gives the page without it, since the page is what reads it', async () => {
    assert.notEqual((await get('/')).statusCode, 401)
  })
})

describe('the live feed', () => {
  let dashboard: Awaited<ReturnType<typeof listeningDashboard>>
  before(async () => {
    dashboard = await listeningDashboard({ token: 'secret' })
  })
  after(() => dashboard.close())

  const attempt = async (
    transport: 'polling' | 'websocket',
    extraHeaders: Record<string, string>,
    auth: object = { token: 'secret' },
    namespace = '/live',
  ): Promise<'connected' | string> => {
    const socket: Socket = io(`${dashboard.url}${namespace}`, {
      transports: [transport],
      extraHeaders,
      auth,
      reconnection: false,
      forceNew: true,
    })
    try {
      return await new Promise((resolve) => {
        socket.once('connect', () => resolve('connected'))
        socket.once('connect_error', (error) => resolve(error.message))
      })
    } finally {
      socket.close()
    }
  }

  for (const transport of ['polling', 'websocket'] as const) {
    it(`takes our own page's ${transport}, and a program's`, async () => {
      assert.equal(await attempt(transport, {}), 'connected')
      assert.equal(await attempt(transport, { origin: dashboard.url }), 'connected')
    })

    it(`refuses a foreign page's ${transport}`, async () => {
      assert.match(await attempt(transport, { origin: 'http://evil.example' }), /error/)
    })

    it(`refuses ${transport} without the token`, async () => {
      assert.match(await attempt(transport, {}, {}), /token/)
      assert.match(await attempt(transport, {}, { token: ['secret'] }), /token/)
    })
  }

  it('refuses polling and websocket to a foreign host name', async () => {
    assert.match(await attempt('websocket', { host: 'evil.example' }), /error/)
    const path = '/socket.io/?EIO=4&transport=polling'
    assert.equal(await poll(path, {}), 200)
    assert.equal(await poll(path, { host: 'evil.example' }), 403)
    assert.equal(await poll(path, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }), 403)
  })

  it('is the only namespace', async () => {
    assert.match(await attempt('websocket', {}, {}, '/'), /\/live/)
    assert.match(await attempt('websocket', {}, {}, '/admin'), /Invalid namespace/)
  })

  const poll = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = http.get(`${dashboard.url}${path}`, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject)
    })

  const upgrade = (path: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const request = http.request(`${dashboard.url}${path}`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          ...headers,
        },
      })
      request.on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response.statusCode)
      })
      request.on('error', reject)
      request.end()
    })

  it('answers a raw upgrade of a foreign page or to a foreign name with 403', async () => {
    const path = '/socket.io/?EIO=4&transport=websocket'
    assert.equal(await upgrade(path, {}), 101)
    assert.equal(await upgrade(path, { origin: 'http://evil.example' }), 403)
    assert.equal(await upgrade(path, { origin: 'null' }), 403)
    assert.equal(await upgrade(path, { host: 'evil.example' }), 403)
  })

  it('answers an upgrade to anything else at once, without one', async () => {
    assert.equal(await upgrade('/', {}), 404)
    assert.equal(await upgrade('/api/packets', { host: 'evil.example' }), 403)
  })

  it('closes a connection of garbage and goes on', async () => {
    const socket = net.connect(dashboard.port, '127.0.0.1')
    socket.end('\x00\x01\x02 garbage\r\n\r\n')
    socket.resume()
    await once(socket, 'close')
    assert.equal(await attempt('websocket', {}), 'connected')
  })
})
