import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { listeningDashboard } from '../dashboard/dashboard.ts'
import { TcpConversation } from '../frames.ts'
import { webServer } from '../wire/servers.ts'
import { ownState, wirelab } from './process.ts'

const limit = { timeout: 90_000 }

/** Processes of that group, but for those that only wait to be noticed as dead. */
function livingIn(group: string): string[] {
  const all = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return all.map((line) => line.trim()).filter((line) => new RegExp(`^${group} +[^Z]`).test(line))
}

const GET = 'curl --silent "http://$WIRELAB_HOST:$WIRELAB_PORT/"'
const at = async (t: Parameters<typeof webServer>[0]) => ['--to', `127.0.0.1:${await webServer(t)}`]

describe('wirelab expect on a wire of its own', limit, () => {
  it('0 when the wire showed it, and the command ran to its end', async (t) => {
    const words = [
      'expect',
      '-Y',
      'tcp.flags.syn == 1',
      '--count',
      '2',
      ...(await at(t)),
      '--',
      'sh',
      '-c',
      `${GET}; sleep 0.1; echo done`,
    ]
    const { code, stdout, stderr } = await wirelab(t, words).ended
    assert.equal(code, 0, stderr)
    assert.ok(stdout.endsWith('done\n'))
    assert.match(stderr, /seen after .* s: tcp\.flags\.syn == 1/)
    assert.match(stderr, /the command has ended: exit code 0/)
  })

  it('1 when it did not, and what it showed instead', async (t) => {
    const words = ['expect', '-Y', 'websocket', ...(await at(t)), '-q', '--', 'sh', '-c', GET]
    const { code, stderr } = await wirelab(t, words).ended
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^wirelab expect: not seen in .* s: websocket\nwirelab expect: seen instead: \d+ frames .*HTTP/,
    )
  })

  it('1 when it was seen too few times', async (t) => {
    const words = ['expect', '-Y', 'http.request', '--count', '3', ...(await at(t)), '--', 'sh', '-c', GET]
    const { code, stderr } = await wirelab(t, words).ended
    assert.equal(code, 1)
    assert.match(stderr, /seen only 1 of 3 times in/)
  })

  it('--none turns it round', async (t) => {
    const to = await at(t)
    const not = ['expect', '-Y', 'tcp.analysis.retransmission', '--none', ...to, '--', 'sh', '-c', GET]
    assert.equal((await wirelab(t, not).ended).code, 0)
    const seen = ['expect', '-Y', 'http.request', '--none', ...to, '--', 'sh', '-c', GET]
    const { code, stderr } = await wirelab(t, seen).ended
    assert.equal(code, 1)
    assert.match(stderr, /seen, and should not be: http\.request\n.*GET \//)
  })

  it('impairments hold: what is lost is seen as lost', async (t) => {
    const words = [
      'expect',
      '-Y',
      'link.fate == "lost"',
      '--up-loss',
      '100%',
      '--within',
      '3s',
      ...(await at(t)),
    ]
    const { code, stderr } = await wirelab(t, [...words, '--', 'sh', '-c', `${GET} --max-time 2`]).ended
    assert.equal(code, 0, stderr)
    assert.match(stderr, /up +\d+ frames: \d+ lost/)
  })

  it('without a command it waits for whoever comes', async (t) => {
    const running = wirelab(t, [
      'expect',
      '-Y',
      'http.response.code == 200',
      '--within',
      '30s',
      ...(await at(t)),
    ])
    const [, port] = await running.says(/127\.0\.0\.1:(\d+) stands for/)
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    assert.equal((await running.ended).code, 0)
  })

  it('a command that goes on too long is ended, with what it started', async (t) => {
    const words = ['expect', '-Y', 'tcp', '--within', '500ms', ...(await at(t))]
    // What it started holds standard output open: that this ends means that it has ended too.
    const { code } = await wirelab(t, [...words, '--', 'sh', '-c', 'sleep 600 & wait']).ended
    assert.equal(code, 1)
  })

  it('what a command leaves behind is ended with it, also when it won’t hear of it', async (t) => {
    const deaf = `(trap "" TERM; echo $$ >&2; sleep 600; sleep 600) & ${GET}`
    const words = ['expect', '-q', '-Y', 'http.request', ...(await at(t)), '--', 'sh', '-c', deaf]
    const run = wirelab(t, words)
    const [group] = await run.says(/^\d+$/m)
    assert.equal((await run.ended).code, 0)
    assert.deepEqual(livingIn(group), [])
  })

  it('Ctrl-C ends a command that won’t hear of it', async (t) => {
    const deaf = 'trap "" TERM INT; echo $$ >&2; while :; do sleep 600; done'
    const words = ['expect', '-q', '-Y', 'udp', ...(await at(t)), '--', 'sh', '-c', deaf]
    const run = wirelab(t, words)
    const [group] = await run.says(/^\d+$/m)
    run.child.kill('SIGINT')
    await run.ended
    assert.deepEqual(livingIn(group), [])
  })

  it('how the command ended is said, and does not count', async (t) => {
    const words = ['expect', '-Y', 'arp', ...(await at(t)), '--', 'sh', '-c', `${GET}; exit 7`]
    const { code, stderr } = await wirelab(t, words).ended
    assert.equal(code, 0)
    assert.match(stderr, /the command has ended: exit code 7/)
  })

  it('a command that is none ends with 2', async (t) => {
    const { code, stderr } = await wirelab(t, [
      'expect',
      '-Y',
      'tcp',
      ...(await at(t)),
      '--',
      'no-such-program',
    ]).ended
    assert.equal(code, 2)
    assert.match(stderr, /no-such-program: no such command/)
  })

  it('everything that is wrong with the words is said at once', async (t) => {
    const words = [
      'expect',
      '-Y',
      'tcp.prot',
      '--count',
      '0',
      '--within',
      '5',
      '--to',
      'x',
      '--loss',
      '5',
      '--url',
      'y',
    ]
    const { code, stderr } = await wirelab(t, words).ended
    assert.equal(code, 2)
    for (const name of ['the filter', '--count', '--within', '--to', '--loss', '--url'])
      assert.ok(stderr.includes(`${name}:`), name)
    const { code: alone, stderr: said } = await wirelab(t, ['expect', '--loss', '5%']).ended
    assert.equal(alone, 2)
    assert.match(said, /-Y: expected a display filter/)
    assert.match(said, /--loss: expected --to/)
  })
})

describe('wirelab expect in a lab', limit, () => {
  it('looks at the running one, and only at what comes from now on', async (t) => {
    const lab = await listeningDashboard({})
    t.after(() => lab.close())
    const conversation = new TcpConversation()
    conversation.handshake()
    const [syn] = conversation.frames
    for (const frame of conversation.frames) lab.trace.add(frame)
    const early = await wirelab(t, [
      'expect',
      '-Y',
      'tcp.flags.syn == 1',
      '--within',
      '300ms',
      '--url',
      lab.url,
    ]).ended
    assert.equal(early.code, 1)
    assert.match(early.stderr, /nothing was seen at all/)
    const running = wirelab(t, [
      'expect',
      '-Y',
      'tcp.flags.syn == 1',
      '--within',
      '30s',
      '--url',
      lab.url,
      '--',
      'sh',
      '-c',
      'echo go; sleep 30',
    ])
    await once(running.child.stdout!, 'data')
    lab.trace.add(syn!)
    await running.says(/seen after/)
    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
  })

  it('without one and without a command it says so, and ends with 1', async (t) => {
    const { code, stderr } = await wirelab(t, ['expect', '-Y', 'tcp'], await ownState(t)).ended
    assert.equal(code, 1)
    assert.match(stderr, /no lab is running/)
  })

  it('without one but with a command it starts a private one, whose ports the command gets', async (t) => {
    const talk = 'echo hello | nc -q 1 $WIRELAB_HOST $WIRELAB_TCP_PORT'
    const words = ['expect', '-Y', 'echo.text == "hello\\n"', '--count', '2', '--', 'sh', '-c', talk]
    const { code, stdout, stderr } = await wirelab(t, words, await ownState(t)).ended
    assert.equal(code, 0, stderr)
    assert.equal(stdout, 'hello\n')
  })

  it('a lab that does not answer is an error, not a verdict', async (t) => {
    const { code, stderr } = await wirelab(t, ['expect', '-Y', 'tcp', '--url', 'http://127.0.0.1:1']).ended
    assert.equal(code, 1)
    assert.match(stderr, /no lab answers at http:\/\/127\.0\.0\.1:1/)
  })
})
