/** The page itself: a single one, so every path that is no file and no API is its start. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { RequestError } from '../errors.ts'
import { isInterface } from './access.ts'
import { notFound } from './refusals.ts'

/** Files under here carry a hash of their content in the name. */
const HASHED = 'assets'

export function servePage(app: FastifyInstance, root: string): void {
  const built = existsSync(join(root, 'index.html'))
  if (built) {
    app.register(fastifyStatic, {
      root,
      index: 'index.html',
      cacheControl: false,
      // The build leaves each text gzipped beside itself.
      preCompressed: true,
      setHeaders: (response, path) => {
        const hashed = path.startsWith(join(root, HASHED))
        response.setHeader('vary', 'accept-encoding')
        response.setHeader('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    if (isInterface(path) || (request.method !== 'GET' && request.method !== 'HEAD')) {
      throw notFound(`there is no ${request.method} ${path.slice(0, 100)}`)
    }
    // A missing script must not come back as a page.
    if (/\.[a-z][a-z0-9]{1,10}$/i.test(path))
      throw new RequestError(404, { code: 'not-found', message: 'no such file' })
    if (built) return reply.sendFile('index.html', root)
    return reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
  })
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Wirelab</title>
<h1>The dashboard's page is not built</h1>
<p>Wirelab itself is running. Stop it and start it with <code>npm start</code>, which builds the page,
or run <code>npm run build</code> and reload.</p>
<p>The API answers meanwhile: <a href="/api/status">/api/status</a>, <a href="/api/packets">/api/packets</a>.</p>
</html>
`
