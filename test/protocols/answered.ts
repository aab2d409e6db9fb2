import { Wire } from './wire.ts'

/** A request and its response on a connection of their own; the response's packet. */
export function answered(response: Uint8Array | string, request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n') {
  const wire = new Wire()
  const line = wire.open()
  const asked = line.client(request)
  const got = line.server(response)
  return { wire, line, asked, got, read: () => wire.read(got) }
}
