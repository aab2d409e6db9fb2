import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import net from 'node:net'
import test from 'node:test'
import fc from 'fast-check'
import { connectArguments, listenArguments } from '../../../server/network/socket/connect-arguments.ts'
import { bindArguments, sendArguments } from '../../../server/network/socket/datagram-arguments.ts'
import { gathered } from '../../../server/network/socket/gather.ts'
import { lookUp } from '../../../server/network/socket/look-up.ts'
import { socketError, unknownName } from '../../../server/network/socket/socket-error.ts'

const nothing = () => undefined

test('connect takes its forms as Node does', () => {
  const parsed = (...args: unknown[]) => {
    const { options, listener } = connectArguments(args)
    return [options.port, options.host, listener === nothing]
  }
  assert.deepEqual(parsed(80), [80, undefined, false])
  assert.deepEqual(parsed('80', nothing), [80, undefined, true])
  assert.deepEqual(parsed(80, '10.0.0.1', nothing), [80, '10.0.0.1', true])
  assert.deepEqual(parsed({ port: '80', host: 'x' }, nothing), [80, 'x', true])
  // An HTTP agent puts the request's path among the options; with a port it is no local socket's.
  assert.deepEqual(parsed({ port: 80, path: '/index.html' }), [80, undefined, false])
})

test('connect refuses what can not be meant with the code that Node gives', () => {
  const cases: [unknown[], string][] = [
    [[{ port: 65536 }], 'ERR_SOCKET_BAD_PORT'],
    [[{ port: -1 }], 'ERR_SOCKET_BAD_PORT'],
    [[{}], 'ERR_MISSING_ARGS'],
    [[{ port: true }], 'ERR_INVALID_ARG_TYPE'],
    [[{ port: 80, host: 5 }], 'ERR_INVALID_ARG_TYPE'],
    [[{ port: 80, lookup: 5 }], 'ERR_INVALID_ARG_TYPE'],
  ]
  for (const [args, code] of cases) {
    assert.throws(() => connectArguments(args), { code })
    const node = new net.Socket() as unknown as { connect(...args: unknown[]): void }
    assert.throws(() => node.connect(...args), { code })
  }
  assert.throws(() => connectArguments(['/tmp/x']), /no local sockets: .*found the path "\/tmp\/x"/)
})

test('listen takes its forms as Node does', () => {
  const parsed = (...args: unknown[]) => {
    const { options, listener } = listenArguments(args)
    return [options.port, options.host, options.backlog, listener === nothing]
  }
  assert.deepEqual(parsed(), [0, undefined, undefined, false])
  assert.deepEqual(parsed(nothing), [0, undefined, undefined, true])
  assert.deepEqual(parsed(80, nothing), [80, undefined, undefined, true])
  assert.deepEqual(parsed(80, '0.0.0.0', nothing), [80, '0.0.0.0', undefined, true])
  assert.deepEqual(parsed(80, 'localhost', 5, nothing), [80, 'localhost', 5, true])
  assert.deepEqual(parsed(80, 5), [80, undefined, 5, false])
  assert.deepEqual(parsed({ port: 80, host: 'h', backlog: 1 }, nothing), [80, 'h', 1, true])
})

test('send takes all its forms', () => {
  const bytes = Buffer.from('abcdef')
  const parsed = (connected: boolean, ...args: unknown[]) => {
    const sent = sendArguments(args, connected)
    return [Buffer.from(sent.bytes).toString(), sent.port, sent.address, sent.callback === nothing]
  }
  assert.deepEqual(parsed(false, bytes, 9), ['abcdef', 9, undefined, false])
  assert.deepEqual(parsed(false, bytes, 9, nothing), ['abcdef', 9, undefined, true])
  assert.deepEqual(parsed(false, bytes, 9, 'h'), ['abcdef', 9, 'h', false])
  assert.deepEqual(parsed(false, bytes, 9, 'h', nothing), ['abcdef', 9, 'h', true])
  assert.deepEqual(parsed(false, bytes, 1, 2, 9), ['bc', 9, undefined, false])
  assert.deepEqual(parsed(false, bytes, 1, 2, 9, nothing), ['bc', 9, undefined, true])
  assert.deepEqual(parsed(false, bytes, 1, 2, 9, 'h', nothing), ['bc', 9, 'h', true])
  assert.deepEqual(parsed(false, 'text', 9, undefined, nothing), ['text', 9, undefined, true])
  assert.deepEqual(parsed(false, ['a', Buffer.from('b'), new Uint8Array([99])], 9), [
    'abc',
    9,
    undefined,
    false,
  ])
  assert.deepEqual(parsed(true, bytes), ['abcdef', undefined, undefined, false])
  assert.deepEqual(parsed(true, bytes, nothing), ['abcdef', undefined, undefined, true])
  assert.deepEqual(parsed(true, bytes, 1, 2, nothing), ['bc', undefined, undefined, true])
})

test('send refuses what Node refuses', (t) => {
  const socket = dgram.createSocket('udp4')
  t.after(() => socket.close())
  const cases: [unknown[], string][] = [
    [[Buffer.alloc(1), 0], 'ERR_SOCKET_BAD_PORT'],
    [[Buffer.alloc(1), 65536], 'ERR_SOCKET_BAD_PORT'],
    [[5, 9], 'ERR_INVALID_ARG_TYPE'],
    [[Buffer.alloc(1), 9, 5], 'ERR_INVALID_ARG_TYPE'],
    [[Buffer.alloc(1), 2, 1, 9], 'ERR_BUFFER_OUT_OF_BOUNDS'],
    [[Buffer.alloc(1), 0, 2, 9], 'ERR_BUFFER_OUT_OF_BOUNDS'],
  ]
  for (const [args, code] of cases) {
    assert.throws(() => sendArguments(args, false), { code }, JSON.stringify(args))
    assert.throws(() => Reflect.apply(socket.send, socket, args), { code }, JSON.stringify(args))
  }
  assert.throws(() => sendArguments(['x', 9], true), { code: 'ERR_SOCKET_DGRAM_IS_CONNECTED' })
})

test('bind takes its forms', () => {
  const parsed = (...args: unknown[]) => {
    const { port, address, callback } = bindArguments(args)
    return [port, address, callback === nothing]
  }
  assert.deepEqual(parsed(), [0, undefined, false])
  assert.deepEqual(parsed(nothing), [0, undefined, true])
  assert.deepEqual(parsed(9, nothing), [9, undefined, true])
  assert.deepEqual(parsed(9, '0.0.0.0', nothing), [9, '0.0.0.0', true])
  assert.deepEqual(parsed({ port: 9, address: 'h' }, nothing), [9, 'h', true])
})

test('gathered writes are the same bytes, and small neighbours share a piece', () => {
  const { pieces, bytes } = gathered([Buffer.from('HTTP'), Buffer.from('body')], false)
  assert.deepEqual([pieces.map(String), bytes], [['HTTPbody'], 8])
  const chunk = fc.uint8Array({ maxLength: 3 }).map((seed) => Buffer.alloc(seed.length * 9000, seed))
  fc.assert(
    fc.property(fc.array(chunk), fc.boolean(), (chunks, copy) => {
      const { pieces, bytes } = gathered(chunks, copy)
      const whole = Buffer.concat(chunks)
      assert.equal(bytes, whole.length)
      assert.ok(Buffer.concat(pieces).equals(whole))
      const own = new Set(chunks.map(({ buffer }) => buffer))
      if (copy) assert.ok(pieces.every(({ buffer }) => !own.has(buffer as ArrayBuffer)))
    }),
  )
})

test('an error has the fields and the words of the one that Node gives', async () => {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const node = await new Promise((resolve) => net.connect(port, '127.0.0.1').once('error', resolve))
  const ours = socketError('ECONNREFUSED', 'connect', { address: '127.0.0.1', port })
  assert.deepEqual({ ...ours }, { ...(node as Error) })
  assert.equal(ours.message, (node as Error).message)
  assert.equal(socketError('ECONNRESET', 'read').message, 'read ECONNRESET')
})

test('a name is unknown with ENOTFOUND; addresses and this computer are known, and a lookup of one’s own is asked', async () => {
  assert.equal(await lookUp('10.0.0.1', undefined), '10.0.0.1')
  assert.equal(await lookUp('localhost', undefined), 'localhost')
  await assert.rejects(lookUp('example.com', undefined), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname: 'example.com',
    message: /^getaddrinfo ENOTFOUND example\.com: the lab network has no names/,
  })
  const answering = (address: string) => lookUp('lab', (_name, _options, done) => done(null, address, 4))
  assert.equal(await answering('10.0.0.7'), '10.0.0.7')
  await assert.rejects(answering('nonsense'), { code: 'ENOTFOUND' })
  assert.equal(
    await lookUp('lab', (_name, _options, done) => done(null, [{ address: '10.0.0.8' }])),
    '10.0.0.8',
  )
  assert.equal(unknownName('x').errno, -3008)
})
