// Says what it should hear, without any event.
import http from 'node:http'

export function withoutNetwork(say = console.log) {
  say('hello')
  say('is anybody there?')
}

if (process.env.WIRELAB_LISTEN_PORT) {
  http
    .createServer((_request, response) => response.end('a page\n'))
    .listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
}
