import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Config, flagHelp, parseConfig, privateConfig } from '../server/config.ts'

function config(argv: string[], env: NodeJS.ProcessEnv = {}): Config {
  const parsed = parseConfig(argv, env)
  assert.ok('config' in parsed, JSON.stringify(parsed))
  return parsed.config
}

function problems(argv: string[], env: NodeJS.ProcessEnv = {}): string[] {
  const parsed = parseConfig(argv, env)
  assert.ok('problems' in parsed, 'expected problems')
  return parsed.problems
}

test('without flags, the ports are 3000 and 4000 to 4003, on loopback, and nothing was asked for', () => {
  const {
    port,
    hubPort,
    tcpPort,
    udpPort,
    wsPort,
    tlsPort,
    host,
    explicit,
    capture,
    pingInterval,
    limitBytes,
  } = config([])
  assert.deepEqual([port, hubPort, tcpPort, udpPort, wsPort, tlsPort], [3000, 4000, 4001, 4002, 4003, 4443])
  assert.deepEqual([host, capture, pingInterval, limitBytes], [undefined, 'off', 5000, 256 * 1024 * 1024])
  assert.equal(explicit.size, 0)
})

test('a flag is taken with a space or with =, and known as asked for', () => {
  const { port, tcpPort, explicit } = config(['--port', '3100', '--tcp-port=0'])
  assert.deepEqual([port, tcpPort, [...explicit].sort()], [3100, 0, ['port', 'tcp-port']])
})

test('the environment holds where no flag is given', () => {
  const env = { WIRELAB_HUB_PORT: '4100', WIRELAB_UDP_PORT: '4200', WIRELAB_WS_PORT: '' }
  const { hubPort, udpPort, wsPort } = config(['--hub-port', '4101'], env)
  assert.deepEqual([hubPort, udpPort, wsPort], [4101, 4200, 4003])
})

test('all problems come at once, each naming the flag, what was expected and what was there', () => {
  const argv = ['--port', '70000', '--ping-interval=soon', '--capture', 'wireshark', 'extra', '--tcp-port']
  assert.deepEqual(problems(argv, { WIRELAB_LIMIT_MB: '0' }), [
    'WIRELAB_LIMIT_MB: expected 1 to 65536 megabytes; found "0"',
    '--port: expected a port from 0 (any free one) to 65535; found "70000"',
    '--ping-interval: expected 100 to 3600000 milliseconds; found "soon"',
    '--capture: expected auto, dumpcap, tcpdump or off; found "wireshark"',
    'extra: expected a flag; wirelab --help lists them',
    '--tcp-port: expected a value behind it; found none',
  ])
})

test('an unknown flag suggests the nearest, and its value is no second problem', () => {
  assert.deepEqual(problems(['--tpc-port', '5']), ['--tpc-port: no such flag; did you mean --tcp-port?'])
  assert.deepEqual(problems(['--zzzzzzzz']), ['--zzzzzzzz: no such flag; wirelab --help lists them'])
})

test('the lab network is the default, without a capture; on the kernel’s there is one unless it is off', () => {
  const read = ({ network, capture }: Config) => [network, capture]
  assert.deepEqual(read(config([])), ['lab', 'off'])
  assert.deepEqual(read(config(['--capture', 'auto'])), ['lab', 'auto'])
  assert.deepEqual(read(config(['--network', 'kernel'])), ['kernel', 'auto'])
  assert.deepEqual(read(config(['--network', 'kernel', '--capture', 'off'])), ['kernel', 'off'])
  assert.deepEqual(problems(['--network', 'loopback']), [
    '--network: expected lab or kernel; found "loopback"',
  ])
})

test('the server’s cable is set with netem’s units', () => {
  const { impairments, preset, topology, seed } = config([
    ...['--loss', '5%', '--delay', '20ms', '--rate', '1mbit', '--limit', '50'],
    ...['--preset', 'geo-satellite', '--topology', 'router', '--seed', '7'],
  ])
  assert.deepEqual(impairments, { loss: 0.05, delay: 0.02, rate: 1e6, limit: 50 })
  assert.deepEqual([preset, topology, seed], ['geo-satellite', 'router', 7])
  assert.deepEqual(
    problems(['--loss', '0.05', '--preset', 'carrier-pigeon']).map((each) => each.slice(0, 40)),
    ['--loss: expected a share from 0% to 100%', '--preset: expected perfect, fibre, cafe-'],
  )
})

test('the kernel’s network can’t be impaired', () => {
  assert.deepEqual(problems(['--network', 'kernel', '--loss', '5%', '--seed', '7']), [
    "--seed: expected --network lab with it; the kernel's network is left as it is",
    "--loss: expected --network lab with it; the kernel's network is left as it is",
  ])
})

test('services are exposed only together with the dashboard', () => {
  assert.match(problems(['--expose-services'])[0] ?? '', /expected --host/)
  assert.match(problems(['--expose-services', '--host', '127.0.0.1'])[0] ?? '', /expected --host/)
  assert.equal(config(['--expose-services', '--host', '0.0.0.0']).exposeServices, true)
  assert.match(problems(['--host', 'example.org'])[0] ?? '', /an IP address/)
})

test('two services can’t be asked onto one port, but TCP and UDP have ports of their own', () => {
  assert.deepEqual(problems(['--tcp-port', '4000']), [
    '--tcp-port 4000: expected a port of its own; found the same as --hub-port',
  ])
  assert.equal(config(['--udp-port', '4001']).udpPort, 4001)
  assert.equal(config(['--tcp-port', '0', '--ws-port', '0']).wsPort, 0)
})

test('a private lab takes any free ports, and nothing from the environment', () => {
  const { port, hubPort, tcpPort, udpPort, wsPort, tlsPort, host } = privateConfig()
  assert.deepEqual([port, hubPort, tcpPort, udpPort, wsPort, tlsPort, host], [0, 0, 0, 0, 0, 0, undefined])
})

test('help names every flag once', () => {
  const names: string[] = flagHelp().match(/--[a-z-]+/g) ?? []
  for (const name of ['--port', '--hub-port', '--host', '--token', '--limit-mb', '--capture']) {
    assert.ok(names.includes(name), name)
  }
})
