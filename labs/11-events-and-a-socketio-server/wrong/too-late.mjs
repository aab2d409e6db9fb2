// The listener comes after the events, which are gone by then.
import { EventEmitter } from 'node:events'
import http from 'node:http'

export function withoutNetwork(say = console.log) {
  const bus = new EventEmitter()
  bus.emit('speak', 'hello')
  bus.emit('speak', 'is anybody there?')
  bus.on('speak', (text) => say(text))
}

if (process.env.WIRELAB_LISTEN_PORT) {
  http
    .createServer((_request, response) => response.end('a page\n'))
    .listen(Number(process.env.WIRELAB_LISTEN_PORT), '127.0.0.1')
}
