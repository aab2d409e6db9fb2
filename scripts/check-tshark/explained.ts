/** The differences that are known and have a reason: docs/agreement.md tells each in full. */
import type { FieldResult } from './compare.ts'

export interface Explained {
  /** The capture file's name without its folder; every capture when left out. */
  readonly capture?: string
  /** Fields by name; one that ends in `*` stands for all that begin so. */
  readonly fields: readonly string[]
  /** Packets, if only some. */
  readonly packets?: readonly number[]
  /** One sentence: what differs, and why it stays. */
  readonly reason: string
}

const EXPLAINED: readonly Explained[] = [
  {
    capture: 'zeek-tls12-decryption.pcap',
    packets: [6],
    fields: ['tls.sct.*', 'tls.handshake.sig_hash_*'],
    reason:
      'a certificate is shown as its bytes: tshark reads the timestamps of public logs inside it as well',
  },
  {
    capture: 'zeek-entity_gap.pcap',
    packets: [12],
    fields: ['http.*'],
    reason: 'a body with a gap in it: tshark waits for bytes that were not captured, we show what is there',
  },
  {
    capture: 'zeek-entity_gap2.pcap',
    packets: [12],
    fields: ['http.*'],
    reason: 'a body with a gap in it: tshark waits for bytes that were not captured, we show what is there',
  },
  {
    capture: 'zeek-100-continue.pcap',
    fields: ['http.request_number', 'http.response_number', 'http.prev_response_in'],
    reason:
      'tshark counts an interim response (1xx) as the answer to a request of its own; we count it with its request',
  },
  {
    capture: 'zeek-ctu-62604-80.pcap',
    packets: [9],
    fields: ['media.type'],
    reason: 'multipart bodies are data here: tshark reads their parts',
  },
  {
    capture: 'zeek-multipart-form-data.pcap',
    packets: [6],
    fields: ['data.*'],
    reason: 'multipart bodies are data here: tshark reads their parts',
  },
  {
    capture: 'zeek-reassembly.pcap',
    packets: [9],
    fields: ['http.file_data'],
    reason: 'a head that breaks off with its connection: tshark shows nothing of it, we show what came',
  },
  {
    capture: 'tcpdump-arp-oobr.pcap',
    fields: ['eth.trailer', 'eth.padding_bad'],
    reason: 'tshark takes these trailers for those of an F5 load balancer, and stops in their middle',
  },
  {
    capture: 'zeek-ipv4-internally-truncated-header.pcap',
    fields: ['ip.addr', 'ip.dst', 'ip.dst_host', 'ip.host'],
    reason:
      'tshark reads the destination behind the options, which were not captured; it was, and we show it',
  },
  {
    capture: 'zeek-snmpv2_get_next.pcap',
    fields: ['udp.stream', 'udp.time_*'],
    reason: "tshark's SNMP, which we do not cover, opens a conversation of its own for each answer",
  },
  {
    capture: 'tcpdump-bigtcp-ipv6.pcap',
    fields: ['data.*', 'eth.*', 'ipv6.plen_zero', 'tcp.*'],
    reason: 'a jumbogram (RFC 2675): tshark 4.0 takes its payload for a trailer, we read it',
  },
  {
    capture: 'tcpdump-bigtcp-ipv4-geneve-ipv4.pcap',
    fields: ['data.*', 'udp.*'],
    reason: 'a datagram of 80 kB that the card will cut up, its length 0: tshark stops, we read to its end',
  },
  {
    capture: 'ndpi-jsonrpc.pcap',
    packets: [4],
    fields: ['data.*', 'tcp.segment_data'],
    reason: 'a stream of a protocol that we do not cover, for which tshark waits and we do not',
  },
  {
    capture: 'zeek-reassembly.pcap',
    fields: ['data.*', 'tcp.segment*', 'tcp.reassembled*'],
    reason: 'a request that never ends, with gaps: tshark waits for it, we show its bytes as they came',
  },
  {
    capture: 'zeek-ctu-62604-80.pcap',
    packets: [9],
    fields: ['data.*'],
    reason: 'multipart bodies are data here: tshark reads their parts',
  },
  {
    capture: 'ndpi-tls_heur__vmess-tcp-tls.pcapng',
    fields: ['tcp.stream', 'tcp.payload'],
    reason: "tshark's SOCKS, which we do not cover, opens conversations of its own for what it carries",
  },
  {
    capture: 'ndpi-ip_fragmented_garbage.pcap',
    fields: ['tcp.*'],
    reason:
      'random bytes as TCP: of a header that says it has less than 20 bytes tshark makes a stream, we do not',
  },
  {
    capture: 'ndpi-dns-tunnel-iodine.pcap',
    fields: ['dns.qry.name', 'dns.resp.name'],
    reason: 'names that are no text: each reader puts another number of U+FFFD for the same broken UTF-8',
  },
  {
    capture: 'tcpdump-bootp_asan.pcap',
    fields: ['dhcp.*'],
    reason: 'a message of which 48 bytes were captured: tshark shows nothing of it, we show what is there',
  },
  {
    capture: 'zeek-socks-with-ssl.pcap',
    fields: ['tcp.payload'],
    reason: "tshark's SOCKS, which we do not cover, shows what it carries as a payload once more",
  },
  {
    capture: 'zeek-entity_gap.pcap',
    packets: [7, 8],
    fields: ['tcp.segment_data'],
    reason: 'a body with a gap in it: tshark waits for bytes that were not captured, we show what is there',
  },
  {
    capture: 'zeek-entity_gap2.pcap',
    packets: [8],
    fields: ['tcp.segment_data'],
    reason: 'a body with a gap in it: tshark waits for bytes that were not captured, we show what is there',
  },
]

/** The explanation of a difference in a capture of that name, if there is one. */
export function explanationOf(
  capture: string,
  { field, packet }: FieldResult,
  list: readonly Explained[] = EXPLAINED,
): Explained | undefined {
  return list.find(
    (each) =>
      (each.capture === undefined || each.capture === capture) &&
      (each.packets === undefined || each.packets.includes(packet)) &&
      each.fields.some((name) => (name.endsWith('*') ? field.startsWith(name.slice(0, -1)) : field === name)),
  )
}
