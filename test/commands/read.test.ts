import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { after, test } from 'node:test'
import { fieldText } from '../../server/commands/field-text.ts'
import { run } from '../../server/commands/read.ts'
import { filterNames } from '../../server/trace/filter-fields.ts'
import { Trace } from '../../server/trace/trace.ts'
import { WantedFields } from '../../server/trace/wanted-fields.ts'
import { CLIENT, concat, hex, pcapFile, SERVER, TcpConversation, udpFrame, utf8 } from '../frames.ts'
import { PAGE, pageFrames } from './captures.ts'
import { TestIo } from './command-io.ts'

const folder = mkdtempSync(join(tmpdir(), 'wirelab-test-'))
after(() => rmSync(folder, { recursive: true }))

function saved(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const conversation = new TcpConversation()
conversation.handshake()
conversation.send('client', 'hello\n')
conversation.send('server', 'hello\n')
conversation.close()
const bytes = pcapFile(conversation.frames)
const FILE = saved('talk.pcap', bytes)

async function read(...argv: string[]): Promise<TestIo & { code: number }> {
  const io = new TestIo()
  const code = await run(argv, io)
  return Object.assign(io, { code })
}

test('a line for each packet, in tshark’s columns', async () => {
  const { code, lines, talk } = await read(FILE)
  assert.equal(code, 0)
  assert.equal(talk, '')
  assert.equal(lines.length, conversation.frames.length)
  assert.match(
    lines[0] ?? '',
    /^ {4}1 {3}0\.000000 {4}127\.0\.0\.1 → 127\.0\.0\.1 {4}TCP 62 50000 → 4001 \[SYN\] Seq=0 /,
  )
  assert.match(lines[3] ?? '', /^ {4}4 {3}0\.003000 /)
})

test('-Y prints only what matches, under its own number', async () => {
  const { code, lines } = await read('-r', FILE, '-Y', 'tcp.len > 0 && tcp.srcport == 4001')
  assert.equal(code, 0)
  assert.deepEqual(
    lines.map((line) => line.slice(0, 16)),
    ['    5   0.004000'],
  )
})

test('-T fields: tab separated, flags as 1 and 0, absent as empty, several with commas', async () => {
  const fields = [
    'frame.number',
    'tcp.flags.syn',
    'tcp.port',
    'udp.port',
    'ip.src',
    'tcp.flags',
    'frame.time_epoch',
  ]
  const { out } = await read(FILE, '-T', 'fields', '-c', '2', ...fields.flatMap((name) => ['-e', name]))
  assert.equal(
    out,
    '1\t1\t50000,4001\t\t127.0.0.1\t0x0002\t1700000000.000000000\n' +
      '2\t1\t4001,50000\t\t127.0.0.1\t0x0012\t1700000000.001000000\n',
  )
})

test('-E: header, separator, occurrence, aggregator and quotes', async () => {
  const styled = async (...styles: string[]) => {
    const options = styles.flatMap((style) => ['-E', style])
    const { out } = await read(
      FILE,
      '-c',
      '1',
      '-T',
      'fields',
      '-e',
      'frame.number',
      '-e',
      'tcp.port',
      ...options,
    )
    return out
  }
  assert.equal(await styled('header=y'), 'frame.number\ttcp.port\n1\t50000,4001\n')
  assert.equal(await styled('separator=;', 'quote=d'), '"1";"50000,4001"\n')
  assert.equal(await styled('separator=/s', 'occurrence=f'), '1 50000\n')
  assert.equal(await styled('occurrence=l'), '1\t4001\n')
  assert.equal(await styled('aggregator=|'), '1\t50000|4001\n')
})

test('text values are kept on one line and in one column', async () => {
  const frame = udpFrame(CLIENT, { ...SERVER, port: 7 }, utf8('a\tb\nc'))
  const file = saved('tab.pcap', pcapFile([frame]))
  const { out } = await read(file, '-T', 'fields', '-e', 'data.text', '-e', 'data.data', '-e', 'data.len')
  assert.equal(out, 'a\\tb\\nc\t6109620a63\t5\n')
})

test('-T json is one array of packet details, streamed', async () => {
  const { out } = await read(FILE, '-T', 'json')
  const packets = JSON.parse(out)
  assert.equal(packets.length, conversation.frames.length)
  assert.equal(packets[0].layers[0].protocol, 'eth')
  assert.equal(packets[4].number, 5)
  assert.deepEqual(JSON.parse((await read(FILE, '-T', 'json', '-Y', 'udp')).out), [])
})

test('-V prints every layer and field, bits as they stand', async () => {
  const { lines } = await read(FILE, '-V', '-c', '1')
  assert.ok(lines[0]?.startsWith('Frame 1: 62 bytes (496 bits) on wire'))
  assert.ok(lines.includes('Transmission Control Protocol'))
  assert.ok(lines.includes('    Destination Port: 4001'))
  assert.ok(
    lines.some((line) => /^ +\.\.\.\. \.\.\.\. \.\.\.\. \.\.1\. = Syn: Set$/.test(line)),
    lines.join('\n'),
  )
  // 28 bytes of header are seven words: the bits on the wire, not the value that is made of them.
  assert.ok(
    lines.some((line) => /^ +0111 \.\.\.\. = Header Length: 28 bytes/.test(line)),
    lines.join('\n'),
  )
})

test('text from the network does not reach the terminal as commands', async () => {
  const frame = udpFrame(CLIENT, { ...SERVER, port: 7 }, utf8('\u001b]0;owned\u0007'))
  const file = saved('escape.pcap', pcapFile([frame]))
  for (const options of [
    [],
    ['-V'],
    ['-T', 'json'],
    ['-T', 'fields', '-e', 'data.text', '-e', '_ws.col.Info'],
  ]) {
    const { out } = await read(file, ...options)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(out, /[\u0000-\u0008\u000b-\u001f\u007f]/)
  }
})

test('text that turns its direction, ends its line or is a C1 command is written out, in JSON as well', async () => {
  const evil = 'GET /\u202egpj.exe\u2028x\u009b31m HTTP/1.1\r\nHost: \u2066a\u2069\r\n\r\n'
  const talk = new TcpConversation({ server: { ...SERVER, port: 80 } })
  talk.handshake()
  talk.send('client', evil)
  const file = saved('turned.pcap', pcapFile(talk.frames))
  const fields = ['-T', 'fields', '-e', 'http.request.uri', '-e', '_ws.col.Info']
  for (const options of [[], ['-V'], ['-T', 'json'], fields, ['--follow', 'tcp.0']]) {
    const { out } = await read(file, ...options)
    assert.doesNotMatch(out, /[\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/, options.join(' '))
    assert.ok(out.includes('HTTP'))
  }
})

test('-d says what is spoken on a port', async () => {
  const plain = await read(FILE, '-T', 'fields', '-e', 'frame.protocols', '-Y', 'tcp.len > 0', '-c', '4')
  assert.equal(plain.out, 'eth:ethertype:ip:tcp:data\n')
  const told = await read(
    FILE,
    '-d',
    'tcp.port==4001,echo',
    '-T',
    'fields',
    '-e',
    'frame.protocols',
    '-c',
    '4',
    '-Y',
    'echo',
  )
  assert.equal(told.out, 'eth:ethertype:ip:tcp:echo\n')
})

test('-c reads so many packets and no further', async () => {
  const broken = saved('broken-later.pcap', concat(bytes, hex('ffffffff ffffffff ffffffff ffffffff')))
  const { code, lines, talk } = await read(broken, '-c', '2')
  assert.deepEqual([code, lines.length, talk], [0, 2, ''])
})

test('- is standard input, read as it comes', async () => {
  const io = new TestIo()
  const pieces = new Readable({ read() {} })
  io.stdin = pieces
  const firstLine = new Promise<void>((resolve) => {
    const { stdout } = io
    const write = stdout.write.bind(stdout)
    stdout.write = ((...args: Parameters<typeof write>) => {
      resolve()
      return write(...args)
    }) as typeof write
  })
  const done = run(['-'], io)
  pieces.push(bytes.slice(0, 24 + 16 + 62))
  await firstLine
  assert.equal(io.lines.length, 1)
  pieces.push(bytes.slice(24 + 16 + 62))
  pieces.push(null)
  assert.equal(await done, 0)
  assert.equal(io.lines.length, conversation.frames.length)
})

test('Ctrl-C ends it while standard input is silent', async () => {
  const io = new TestIo()
  const silent = new Readable({ read() {} })
  io.stdin = silent
  const done = run(['-'], io)
  silent.push(bytes.slice(0, 24))
  io.ending.abort()
  assert.equal(await done, 0)
})

test('a capture cut short is read as far as it goes, and said', async () => {
  const { code, lines, talk } = await read(saved('cut.pcap', bytes.slice(0, -3)))
  assert.equal(code, 0)
  assert.equal(lines.length, conversation.frames.length - 1)
  assert.match(talk, /^wirelab read: .*cut\.pcap: the capture is cut short .*\n$/)
})

test('a damaged capture is read as far as it goes, and fails', async () => {
  const broken = saved('broken.pcap', concat(bytes, hex('ffffffff ffffffff ffffffff ffffffff')))
  const { code, lines, talk } = await read(broken)
  assert.equal(code, 1)
  assert.equal(lines.length, conversation.frames.length)
  assert.match(talk, /damaged at byte \d+: a packet of 4294967295 bytes/)
  assert.equal(JSON.parse((await read(broken, '-T', 'json')).out).length, conversation.frames.length)
})

test('no file, a folder, no capture: one clear line each, and 1', async () => {
  for (const [file, message] of [
    [join(folder, 'none.pcap'), 'there is no such file'],
    [folder, 'is a folder, not a capture file'],
    [saved('text', utf8('hello there')), 'not a pcap or pcapng capture: it begins with 68656c6c'],
    [saved('empty', hex('')), 'not a capture: it is empty'],
  ] as const) {
    const { code, out, talk } = await read(file)
    assert.deepEqual([code, out], [1, ''])
    assert.ok(talk.includes(message), talk)
    assert.equal(talk.split('\n').length, 2)
  }
})

const WRONG: [string, string[], RegExp][] = [
  ['no file', [], /which file/],
  ['two files', ['a', 'b'], /one file at a time/],
  ['an unknown option', ['a', '--colour'], /there is no option --colour/],
  ['an option of tshark that is not ours', ['a', '-R', 'tcp'], /-R is tshark's alone: the filter here is -Y/],
  ['an unknown format', ['a', '-T', 'xml'], /expected text, fields or json/],
  ['fields without a field', ['a', '-T', 'fields'], /at least one -e FIELD/],
  ['a field without -T fields', ['a', '-e', 'tcp.port'], /-e needs -T fields/],
  ['an unknown field', ['a', '-T', 'fields', '-e', 'tcp.flag.syn'], /did you mean tcp\.flags\.syn\?/],
  [
    'a wrong style',
    ['a', '-T', 'fields', '-e', 'frame.number', '-E', 'header=maybe'],
    /-E header=maybe: expected/,
  ],
  ['a count of nothing', ['a', '-c', '0'], /-c 0: expected a number of packets/],
  ['a decode-as without protocol', ['a', '-d', 'tcp.port==80'], /expected tcp\.port==N,PROTOCOL/],
  [
    'a decode-as of a protocol without messages',
    ['a', '-d', 'tcp.port==80,arp'],
    /arp does not ride in tcp; these do: .*http/,
  ],
  ['a port that is none', ['a', '-d', 'tcp.port==70000,http'], /expected tcp\.port==N/],
]
for (const [name, argv, message] of WRONG) {
  test(`${name} is bad usage`, async () => {
    await assert.rejects(read(...argv), message)
  })
}

test('a bad filter shows the character', async () => {
  const filter = 'tcp.port == && udp'
  await assert.rejects(read(FILE, '-Y', filter), (error: Error) => {
    const [, line, caret] = error.message.split('\n')
    assert.equal(line, `    ${filter}`)
    assert.equal(caret?.indexOf('^'), 4 + filter.indexOf('&&'))
    return true
  })
})

test('--help says what it takes', async () => {
  const { code, out } = await read('--help')
  assert.equal(code, 0)
  assert.match(out, /-Y FILTER/)
})

test('a reader who has had enough ends it quietly', async () => {
  const io = new TestIo()
  let written = 0
  const stdout = new Writable({
    write(_chunk, _encoding, done) {
      written++
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const many = saved(
    'many.pcap',
    pcapFile(Array.from({ length: 20_000 }, () => udpFrame(CLIENT, SERVER, utf8('x')))),
  )
  assert.equal(await run([many], Object.assign(io, { stdout })), 0)
  assert.deepEqual([written, io.talk], [1, ''])
})

test('an output that takes no more is said, and 1', async () => {
  const io = new TestIo()
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), { code: 'ENOSPC' })),
  })
  assert.equal(await run([FILE], Object.assign(io, { stdout })), 1)
  assert.match(io.talk, /the output can't be written: no space left/)
})

test('tshark prints the same fields', {
  skip: spawnSync('tshark', ['--version']).error !== undefined && 'tshark is not installed',
}, async () => {
  const names = [
    'frame.number',
    'frame.time_epoch',
    'frame.len',
    'ip.src',
    'ip.ttl',
    'tcp.port',
    'tcp.flags',
    'tcp.flags.syn',
    'tcp.seq',
    'tcp.ack',
    'tcp.len',
    'tcp.stream',
    'tcp.window_size',
    'tcp.checksum',
    'udp.port',
  ]
  const fields = ['-T', 'fields', '-E', 'header=y', ...names.flatMap((name) => ['-e', name])]
  const options = { encoding: 'utf8' } as const
  const theirs = spawnSync('tshark', ['-n', '-r', FILE, ...fields], options).stdout
  assert.deepEqual((await read(FILE, ...fields)).out.split('\n'), theirs.split('\n'))
})

test('every field is printed as its text, one or several', async () => {
  const trace = new Trace()
  const frames = pageFrames()
  const names = filterNames().filter(({ fields }) => fields !== undefined)
  const options = names.flatMap(({ name }) => ['-e', name])
  const wanted = new WantedFields(names.map(({ name }) => name))
  const { out } = await read(PAGE, '-T', 'fields', '-E', 'aggregator=;', ...options)
  for (const [i, line] of out.slice(0, -1).split('\n').entries()) {
    const packet = trace.look(frames[i]!, wanted)!
    const texts = names.map(({ fields = new Set() }) => {
      const found: string[] = []
      const collect = (spans: (typeof packet.layers)[number]['fields']) => {
        for (const span of spans) {
          if (fields.has(span.field)) found.push(fieldText(span))
          collect(span.children ?? [])
        }
      }
      for (const layer of packet.layers) collect(layer.fields)
      return found.join(';')
    })
    assert.deepEqual(line.split('\t'), texts)
  }
})
