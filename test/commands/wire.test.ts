import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { udpEcho, webServer } from '../wire/servers.ts'
import { wirelab } from './process.ts'

const OPEN = /127\.0\.0\.1:(\d+) stands for/
const limit = { timeout: 60_000 }

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'wirelab-wire-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

describe('wirelab wire', limit, () => {
  it('stands in front of a server, says what became of the frames, and Ctrl-C leaves a whole file', async (t) => {
    const file = join(await folder(t), 'seen.pcapng')
    const to = await webServer(t)
    const running = wirelab(t, [
      'wire',
      '--to',
      `127.0.0.1:${to}`,
      '--loss',
      '4%',
      '--delay',
      '1ms',
      '--seed',
      '9',
      '-w',
      file,
    ])
    const [, port] = await running.says(OPEN)
    await running.says(/up loss 4%|up delay 1ms, loss 4%/)
    await running.says(/--seed 9 gives the same traffic the same fates/)
    await running.says(/writing .*seen\.pcapng, as the client sees it/)
    const answer = await fetch(`http://127.0.0.1:${port}/100000`)
    assert.equal((await answer.arrayBuffer()).byteLength, 100_000)
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.equal(code, 0)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /up +\d+ frames: \d+ delivered, \d+ lost\n.*down +\d+ frames: \d+ delivered, \d+ lost\n/,
    )
    const [, packets] = /(\d+) packets are in/.exec(stderr) ?? []
    const { stdout: read } = await promisify(execFile)('tshark', ['-r', file])
    assert.equal(read.trimEnd().split('\n').length, Number(packets))
  })

  it('carries UDP', async (t) => {
    const running = wirelab(t, ['wire', '--to', `${await udpEcho(t)}`])
    const [, port] = await running.says(OPEN)
    await running.says(/nobody listens at TCP .* yet/)
    const { createSocket } = await import('node:dgram')
    const socket = createSocket('udp4')
    t.after(() => void socket.close())
    const echo = new Promise((resolve) => void socket.once('message', resolve))
    socket.send('hello', Number(port), '127.0.0.1')
    assert.equal(String(await echo), 'hello')
  })

  it('says everything that is wrong at once, and ends with 2', async (t) => {
    const words = [
      '--to',
      'nowhere',
      '--listen',
      'x',
      '--up-loss',
      '5',
      '--preset',
      'dsl',
      '--at',
      'both',
      '-w',
      '-',
    ]
    const { code, stderr } = await wirelab(t, ['wire', ...words]).ended
    assert.equal(code, 2)
    for (const name of ['--to', '--listen', '--up-loss', '--preset', '--at', '-w']) {
      assert.match(stderr, new RegExp(`(^|\n|wirelab: )${name}[: ]`))
    }
  })

  it('no server named, and a flag that is none, end with 2', async (t) => {
    const none = await wirelab(t, ['wire']).ended
    assert.equal(none.code, 2)
    assert.match(none.stderr, /--to: expected a host and a port/)
    const unknown = await wirelab(t, ['wire', '--too', 'x']).ended
    assert.equal(unknown.code, 2)
    assert.match(unknown.stderr, /--too/)
  })

  it('a busy port ends with 1, and says by whom', async (t) => {
    const taken = await webServer(t)
    const { code, stderr } = await wirelab(t, ['wire', '--to', '1', '--listen', `${taken}`]).ended
    assert.equal(code, 1)
    assert.match(stderr, new RegExp(`port ${taken} is in use by process ${process.pid} .*--listen`))
  })

  it('a file that is there is overwritten with -f alone', async (t) => {
    const file = join(await folder(t), 'old.pcapng')
    await writeFile(file, 'old')
    const refused = await wirelab(t, ['wire', '--to', '1', '-w', file]).ended
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /is there already; --force overwrites it/)
    const running = wirelab(t, ['wire', '--to', '1', '-w', file, '-f'])
    await running.says(OPEN)
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
    assert.ok(existsSync(file))
  })

  it('--help tells the flags and the presets', async (t) => {
    const { code, stdout } = await wirelab(t, ['wire', '--help']).ended
    assert.equal(code, 0)
    for (const word of ['--loss', '--up-', '--preset', 'cafe-wifi', '--seed', 'Exit code'])
      assert.ok(stdout.includes(word))
  })
})
