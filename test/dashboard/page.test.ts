import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { testDashboard } from './dashboard.ts'

describe('the page', () => {
  const webRoot = mkdtempSync(join(tmpdir(), 'wirelab-page-'))
  after(() => rmSync(webRoot, { recursive: true }))
  mkdirSync(join(webRoot, 'assets'))
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>the page</title>')
  writeFileSync(join(webRoot, 'assets', 'main-1a2b.js'), 'console.log(1)')
  const { app } = testDashboard({ webRoot })
  const get = (url: string, method: 'GET' | 'POST' = 'GET') =>
    app.inject({ method, url, headers: { host: 'localhost:3000' } })

  for (const url of ['/', '/index.html', '/flow/tcp.0', '/labs/01-layers?packet=4', '/compare']) {
    it(`is what ${url} gives`, async () => {
      const response = await get(url)
      assert.equal(response.statusCode, 200)
      assert.match(String(response.headers['content-type']), /text\/html/)
      assert.match(response.body, /the page/)
      assert.equal(response.headers['cache-control'], 'no-cache')
    })
  }

  it('keeps assets for ever, since their names change with them', async () => {
    const response = await get('/assets/main-1a2b.js')
    assert.equal(response.statusCode, 200)
    assert.match(String(response.headers['cache-control']), /immutable/)
    assert.equal(response.headers['x-content-type-options'], 'nosniff')
  })

  it('is sent as it was gzipped by the build, to whoever takes that', async () => {
    const text = 'console.log(2)'
    writeFileSync(join(webRoot, 'assets', 'zipped-3c4d.js'), text)
    writeFileSync(join(webRoot, 'assets', 'zipped-3c4d.js.gz'), gzipSync(text))
    const ask = (accept: Record<string, string>) =>
      app.inject({ url: '/assets/zipped-3c4d.js', headers: { host: 'localhost:3000', ...accept } })
    const zipped = await ask({ 'accept-encoding': 'gzip, deflate, br, zstd' })
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.match(String(zipped.headers['content-type']), /javascript/)
    assert.match(String(zipped.headers['cache-control']), /immutable/)
    assert.equal(zipped.headers.vary, 'accept-encoding')
    assert.equal(gunzipSync(zipped.rawPayload).toString(), text)
    const plain = await ask({})
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(plain.body, text)
  })

  it('is not given in the place of a missing file', async () => {
    for (const url of ['/assets/old-9f.js', '/favicon.ico', '/assets/style.css?x=1']) {
      assert.equal((await get(url)).statusCode, 404, url)
    }
  })

  it('gives no file from outside its folder', async () => {
    for (const url of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '/..%5cpackage.json',
    ]) {
      const response = await get(url)
      assert.doesNotMatch(response.body, /dependencies/, url)
    }
  })

  it('is not for other methods', async () => {
    assert.equal((await get('/', 'POST')).statusCode, 404)
  })
})
