/** Flags for a lab on free ports alone. */
export const ANY_PORTS = ['port', 'hub-port', 'tcp-port', 'udp-port', 'ws-port', 'tls-port'].flatMap(
  (name) => [`--${name}`, '0'],
)
