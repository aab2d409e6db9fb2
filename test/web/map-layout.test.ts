import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clip } from '../../web/views/ladder-words.ts'
import { layoutMap, type MapLayout } from '../../web/views/map-layout.ts'
import { HOST_RADIUS, type MapHost, neighbour, WORDS_AT } from '../../web/views/map-marks.ts'
import { cable, host, network, routed, SERVER } from './network.ts'

const SIZE = { width: 280, height: 300 }
const of = (hosts: readonly MapHost[], key: string) => hosts.find((one) => one.key === key)!

test('clients stand above the switch, the server below it', () => {
  const { hosts } = layoutMap(network(), SIZE)
  const [client, hub, server] = [of(hosts, '10.0.0.100'), of(hosts, 'switch'), of(hosts, '10.0.0.1')]
  assert.ok(client.y < hub.y && hub.y < server.y)
})

test('a host that stands for programs of this computer is called your computer', () => {
  const { hosts, outsides } = layoutMap(network(), SIZE)
  assert.equal(of(hosts, '10.0.0.100').words[0], 'your computer')
  assert.equal(outsides[0]?.words, 'your programs')
  const far = network({
    hosts: [SERVER, host('10.0.0.100', 'client', { name: 'desk 7', remote: '192.168.1.7' })],
  })
  assert.equal(of(layoutMap(far, SIZE).hosts, '10.0.0.100').words[0], 'desk 7')
  assert.equal(layoutMap(far, SIZE).outsides[0]?.words, '192.168.1.7')
})

test('only behind a gateway a program stands outside, and the gateway is between it and its host', () => {
  const hosts = [
    SERVER,
    host('10.0.0.100', 'client'),
    host('10.0.0.101', 'client', { door: 'joined', name: 'chat' }),
  ]
  const layout = layoutMap(network({ hosts }), SIZE)
  assert.deepEqual(
    layout.outsides.map(({ key }) => key),
    ['10.0.0.100'],
  )
  const [outside] = layout.outsides
  assert.ok(outside!.y1 < outside!.gatewayY && outside!.gatewayY < outside!.y2)
  assert.ok(of(layout.hosts, '10.0.0.101').words[1]?.includes('joined'))
})

test('a server outside is reached through a gateway below its host', () => {
  const hosts = [SERVER, host('10.0.0.20', 'server', { door: 'exit', name: 'app', remote: '127.0.0.1:8080' })]
  const cables = [cable('server', ['switch', 'server']), cable('app', ['switch', 'app'])]
  const layout = layoutMap(network({ hosts, cables }), SIZE)
  const [outside] = layout.outsides
  assert.equal(outside?.words, '127.0.0.1:8080')
  assert.ok(outside.y2 < outside.y1, 'from the program up to the host')
  assert.equal(layout.cables.filter(({ impaired }) => impaired).length, 2)
})

test('in a pane as low as that of a small window all hosts stand with their words', () => {
  const app = host('10.0.0.20', 'server', { door: 'exit', name: 'your server', remote: '127.0.0.1' })
  const switched = network({
    hosts: [...network().hosts, app],
    cables: [cable('server', ['switch', 'server']), cable('app', ['switch', 'your server'])],
  })
  const between = routed()
  const behind = { ...between, hosts: [...between.hosts, app] }
  for (const one of [network(), switched, routed(), behind]) {
    const { height, hosts, cables } = layoutMap(one, { width: 250, height: 228 })
    assert.ok(height <= 228, `${height}`)
    for (const { y, words } of hosts) assert.ok(y + 14 * (words.length - 1) + 4 <= height, words.join(' '))
    for (const { points } of cables)
      for (const [i, to] of points.entries())
        assert.ok(i === 0 || to.y - points[i - 1]!.y >= 0 || points.length === 2, 'a cable goes back')
  }
})

test('more hosts than there is room for fold into one mark, which their frames light up', () => {
  const clients = Array.from({ length: 40 }, (_, i) =>
    host(`10.0.0.${100 + i}`, 'client', { connections: i === 30 ? 3 : 0 }),
  )
  const layout = layoutMap(network({ hosts: [SERVER, ...clients] }), SIZE)
  const more = of(layout.hosts, 'more')
  assert.match(more.words[0]!, /^\+37$/)
  assert.ok(of(layout.hosts, '10.0.0.130'), 'the one with connections stays')
  assert.equal(layout.markOf.get('10.0.0.110'), 'more')
})

test('the server’s cable says what it is like, opens its settings, and shows its cut', () => {
  const lossy = network({ preset: null, up: { ...network().up, delay: 0.02, loss: 0.05 } })
  const [line] = layoutMap(lossy, SIZE).cables.filter(({ impaired }) => impaired)
  assert.match(line!.name, /20 ms, 5 % lost/)
  assert.match(line!.name, /Opens its settings\.$/)
  const cut = network({ cables: [cable('server', ['switch', 'server'], true)] })
  const [gone] = layoutMap(cut, SIZE).cables.filter(({ impaired }) => impaired)
  assert.equal(gone?.cut, true)
  assert.match(gone.name, /: cut\./)
})

test('up the cable is towards the server: its way begins at the switch', () => {
  const { cables, hosts } = layoutMap(network(), SIZE)
  const [line] = cables.filter(({ impaired }) => impaired)
  assert.ok(line!.points[0]!.y < line!.points.at(-1)!.y)
  assert.ok(Math.abs(line!.points.at(-1)!.x - of(hosts, '10.0.0.1').x) < 1)
})

test('with routers the clients’ is above, the servers’ below, and the detour beside the straight way', () => {
  const { hosts, cables } = layoutMap(routed(), { width: 280, height: 400 })
  const [r1, r2, r3] = ['r1', 'r2', 'r3'].map((name) => of(hosts, name))
  assert.ok(r1!.y < r3!.y && r3!.y < r2!.y)
  assert.equal(r1!.x, r2!.x)
  assert.notEqual(r3!.x, r1!.x)
  assert.deepEqual(
    cables.filter(({ name }) => name !== '').map(({ key }) => key),
    ['server', 'r1-r2', 'r1-r3', 'r3-r2'],
  )
})

test('arrow keys lead from host to cable to host, and never away from the map', () => {
  const { hosts, cables } = layoutMap(network(), SIZE)
  const marks = [
    ...hosts.map((one) => ({ kind: 'host' as const, of: one })),
    ...cables.filter(({ name }) => name !== '').map((one) => ({ kind: 'cable' as const, of: one })),
  ]
  const names = ['10.0.0.100']
  for (let at = marks.find((mark) => mark.of.key === '10.0.0.100'); at !== undefined; ) {
    at = neighbour('ArrowDown', at, marks)
    if (at !== undefined) names.push(at.of.key)
  }
  assert.deepEqual(names, ['10.0.0.100', 'switch', 'server', '10.0.0.1'])
  assert.equal(neighbour('ArrowUp', marks.find(({ of: { key } }) => key === '10.0.0.100')!, marks), undefined)
})

test('whatever is on the network, everything stays inside the picture and has a name', () => {
  const anyHost = fc.record({
    kind: fc.constantFrom('client' as const, 'server' as const),
    door: fc.constantFrom(
      'direct' as const,
      'gateway' as const,
      'joined' as const,
      'demo' as const,
      'exit' as const,
    ),
    name: fc.string({ maxLength: 60 }),
    remote: fc.option(fc.string({ maxLength: 60 }), { nil: null }),
    connections: fc.option(fc.nat(5000), { nil: null }),
  })
  fc.assert(
    fc.property(
      fc.array(anyHost, { maxLength: 60 }),
      fc.integer({ min: 0, max: 2000 }),
      fc.integer({ min: 0, max: 2000 }),
      (given, width, height) => {
        const hosts = given.map(({ kind, ...rest }, i) => host(`10.0.${i >> 8}.${i & 255}`, kind, rest))
        const cables = hosts
          .filter(({ kind }) => kind === 'server')
          .map(({ address, name }) => cable(address, ['switch', name]))
        const layout = layoutMap(network({ hosts, cables }), { width, height })
        for (const mark of layout.hosts) {
          assert.ok(mark.x >= 0 && mark.x <= layout.width && mark.y >= 0 && mark.y <= layout.height)
          assert.notEqual(mark.name, '')
        }
        for (const { points } of layout.cables) {
          for (const { x, y } of points)
            assert.ok(x >= 0 && x <= layout.width && y >= 0 && y <= layout.height)
        }
        assert.equal(new Set(layout.hosts.map(({ key }) => key)).size, layout.hosts.length)
      },
    ),
  )
})

/** Words as the picture writes them, with the room that each takes at 5.7 px a character of usual size, and the marks: left, right, line. */
function written(
  { hosts, outsides }: MapLayout,
  size: number,
): { text: string; left: number; right: number; y: number }[] {
  const word = (text: string, left: number, y: number) => ({
    text,
    left,
    right: left + text.length * 5.7 * size,
    y,
  })
  return [
    ...hosts
      .filter(({ shape }) => shape !== 'switch' && shape !== 'router')
      .flatMap(({ key, words, room, x, y }) => [
        { text: key, left: x - HOST_RADIUS, right: x + HOST_RADIUS, y },
        ...words.map((text, i) =>
          word(clip(text, room), x + WORDS_AT, y + (words.length === 1 ? 0 : 14 * i - 6)),
        ),
      ]),
    ...outsides.flatMap(({ words, room, x, wordsY, gatewayWords, gatewayY }) => [
      word(clip(words, room), x - 9, wordsY),
      word(gatewayWords, x + 14, gatewayY),
    ]),
  ]
}

test('of many hosts no two labels lie on each other, however wide the map and large the text', () => {
  const names = ['chat', 'worker-pool', 'the laptop by the window', 'n']
  const doors = ['gateway', 'joined', 'demo'] as const
  for (const [width, count] of [220, 280, 366, 500, 700, 900, 1200, 1440, 1920].flatMap((wide) =>
    [2, 4, 7, 10, 13, 24].map((many) => [wide, many] as const),
  )) {
    for (const same of [0, 1, 2, undefined]) {
      const clients = Array.from({ length: count }, (_, i) =>
        host(`10.0.0.${100 + i}`, 'client', {
          name: names[i % 4]!,
          door: doors[same ?? i % 3]!,
          remote: i === 0 ? '127.0.0.1' : `192.168.100.${100 + i}`,
        }),
      )
      const text = width === 700 || width === 1440 ? 1.25 : 1
      const layout = layoutMap(network({ hosts: [SERVER, ...clients] }), { width, height: 300, text })
      const words = written(layout, text)
      for (const a of words) {
        assert.ok(a.left >= 0 && a.right <= width + 1, `${a.text} is inside`)
        for (const b of words) {
          const apart = a === b || Math.abs(a.y - b.y) >= 10 || a.right <= b.left || b.right <= a.left
          assert.ok(apart, `${a.text} lies on ${b.text} among ${count} on ${width} px`)
        }
      }
    }
  }
})

test('many hosts stand in even steps, and programs far away keep what tells them apart', () => {
  const clients = Array.from({ length: 12 }, (_, i) =>
    host(`10.0.0.${100 + i}`, 'client', {
      name: i % 2 ? 'worker-pool' : 'n',
      remote: `192.168.100.${17 + i}`,
    }),
  )
  const layout = layoutMap(network({ hosts: [SERVER, ...clients] }), { width: 1000, height: 300 })
  const xs = layout.hosts.filter(({ shape }) => shape === 'client').map(({ x }) => x)
  const steps = xs.slice(1).map((x, i) => Math.round(x - xs[i]!))
  assert.equal(new Set(steps).size, 1)
  assert.deepEqual(
    layout.outsides.slice(0, 2).map(({ words }) => words),
    ['.17', '.18'],
  )
})
