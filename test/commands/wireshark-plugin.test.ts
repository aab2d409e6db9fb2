import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { pluginsFolder, run } from '../../server/commands/wireshark-plugin.ts'
import { TestIo } from './command-io.ts'

describe('wirelab wireshark-plugin', () => {
  let io: TestIo
  beforeEach(async () => {
    io = new TestIo()
    io.cwd = await mkdtemp(join(tmpdir(), 'wirelab-'))
    io.env = { HOME: io.cwd }
  })
  afterEach(() => rm(io.cwd, { recursive: true, force: true }))

  const isPlugin = (text: string) => {
    assert.match(text, /^-- wirelab\.lua: /)
    assert.match(text, /ProtoField\.string\("socketio\.event", "Event"/)
    assert.doesNotMatch(text, /--@fields/)
  }

  test('writes wirelab.lua here, and says where it belongs', async () => {
    assert.equal(await run([], io), 0)
    isPlugin(await readFile(join(io.cwd, 'wirelab.lua'), 'utf8'))
    assert.match(
      io.talk,
      /^wrote wirelab\.lua\n.*-X lua_script:wirelab\.lua.*\n.*\.local\/lib\/wireshark\/plugins/,
    )
    assert.equal(io.out, '')
  })

  test('writes to a file of your choice, or to standard output', async () => {
    assert.equal(await run(['other.lua'], io), 0)
    isPlugin(await readFile(join(io.cwd, 'other.lua'), 'utf8'))
    assert.equal(await run(['-'], io), 0)
    isPlugin(io.out)
  })

  test('replaces an older plugin, but not a file that is something else, unless told to', async () => {
    const path = join(io.cwd, 'wirelab.lua')
    await writeFile(path, '-- wirelab.lua: an older one\n')
    assert.equal(await run([], io), 0)
    isPlugin(await readFile(path, 'utf8'))
    await writeFile(path, 'print("mine")')
    assert.equal(await run([], io), 1)
    assert.match(io.talk, /is there, and not ours; -f overwrites it/)
    assert.equal(await readFile(path, 'utf8'), 'print("mine")')
    assert.equal(await run(['-f'], io), 0)
    isPlugin(await readFile(path, 'utf8'))
  })

  test("installs into Wireshark's personal plugins folder, and makes it", async () => {
    assert.equal(await run(['--install'], io), 0)
    isPlugin(await readFile(join(pluginsFolder(io.env), 'wirelab.lua'), 'utf8'))
    assert.match(io.talk, /Reload Lua Plugins/)
  })

  test('knows where Windows has that folder', () => {
    assert.match(
      pluginsFolder({ APPDATA: 'C:/Users/a/AppData/Roaming' }, 'win32'),
      /Roaming.Wireshark.plugins$/,
    )
  })

  test('says why a file could not be written', async () => {
    assert.equal(await run(['no/such/folder.lua'], io), 1)
    assert.match(io.talk, /folder\.lua can't be written: ENOENT/)
  })

  test('takes one file, and none with --install', async () => {
    await assert.rejects(run(['a', 'b'], io), /expected one file/)
    await assert.rejects(run(['a', '--install'], io), /leave out a/)
    assert.equal(await run(['--help'], io), 0)
    assert.match(io.out, /^wirelab wireshark-plugin \[FILE\]/)
  })
})
