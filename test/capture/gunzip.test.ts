import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { unpacked } from '../../server/capture/gunzip.ts'
import { hex, utf8 } from '../frames.ts'

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(bytes: Uint8Array, size = 1000): Promise<{ text: string; cut: boolean }> {
  const parts: Uint8Array[] = []
  let cut = false
  for await (const chunk of unpacked(inPieces(bytes, size), () => {
    cut = true
  })) {
    parts.push(chunk)
  }
  return { text: Buffer.concat(parts).toString(), cut }
}

const TWO = Buffer.concat([gzipSync('hello '), gzipSync('world')])

test('what is packed is unpacked at every split point, several members as one file', async () => {
  for (let size = 1; size <= TWO.length; size++) {
    assert.deepEqual(await all(TWO, size), { text: 'hello world', cut: false })
  }
})

test('what is not packed comes as it is', async () => {
  for (const text of ['', 'x', 'plain text']) {
    for (let size = 1; size <= 4; size++) assert.deepEqual(await all(utf8(text), size), { text, cut: false })
  }
})

test('what was cut short comes as far as it goes, and that is told', async () => {
  const { text, cut } = await all(gzipSync('x'.repeat(100_000)).subarray(0, 80))
  assert.ok(cut && text.length > 0 && text.length < 100_000)
})

test('damage is a CaptureError, and so are other ways of packing', async () => {
  const bad = gzipSync('x'.repeat(5000))
  bad[15]! ^= 0xff
  await assert.rejects(all(bad), { name: 'CaptureError', message: /packed with gzip can't be unpacked/ })
  await assert.rejects(all(hex('28b52ffd 0000')), /zstd: unpack it first, with unzstd/)
  await assert.rejects(all(hex('04224d18 0000')), /unlz4/)
})

test('a bomb is unpacked no faster than it is read', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  let taken = 0
  let most = 0
  let chunks = 0
  for await (const chunk of unpacked(inPieces(bomb, 4096))) {
    taken += chunk.length
    most = Math.max(most, chunk.length)
    if (++chunks === 20) break
  }
  assert.ok(most <= 64 * 1024 && taken <= 20 * 64 * 1024)
})
