/** What travels inside a TLS connection, by the protocol agreed on (ALPN, RFC 7301) or by the server's port. */
import type { Packet } from './packet.ts'

const HTTP = 'Hypertext Transfer Protocol'

const AGREED: Readonly<Record<string, string>> = {
  'http/0.9': HTTP,
  'http/1.0': HTTP,
  'http/1.1': HTTP,
  h2: 'HyperText Transfer Protocol 2',
  dot: 'Domain Name System',
  ftp: 'File Transfer Protocol (FTP)',
  imap: 'Internet Message Access Protocol',
  pop3: 'Post Office Protocol',
  mqtt: 'MQ Telemetry Transport Protocol',
}

const PORTS: Readonly<Record<number, string>> = {
  443: HTTP,
  465: 'Simple Mail Transfer Protocol',
  636: 'Lightweight Directory Access Protocol',
  853: 'Domain Name System',
  993: 'Internet Message Access Protocol',
  995: 'Post Office Protocol',
  5061: 'Session Initiation Protocol',
  8883: 'MQ Telemetry Transport Protocol',
}

/** In Wireshark's words; `undefined` where nobody can tell. */
export function applicationName(packet: Packet, agreed: string | undefined): string | undefined {
  if (agreed !== undefined && agreed in AGREED) return AGREED[agreed]
  const { flow } = packet
  return flow === undefined ? undefined : (PORTS[flow.server.port] ?? PORTS[flow.client.port])
}
