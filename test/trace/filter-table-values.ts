/** Filters for comparison with Wireshark's engine: addresses, texts, flags, functions and times, by the fields that have them. */
import { lines } from './filter-lines.ts'

export const VALUES: readonly string[] = lines(`
  ip.addr == 10.1.2.3
  ip.addr == 10.1.2.0/24
  ip.addr == 10.1.2.3/0
  ip.addr != 10.1.2.3
  ip.src > 10.1.2.0/24
  ip.src < 10.1.2.0/24
  ip.src >= 10.1.2.0/24
  ip.src != 10.1.0.0/16
  ip.src in {10.1.2.0/24}
  ip.src in {10.1.2.0..10.1.2.9}
  ip.src in {10.1.2.0 .. 10.1.2.9, 10.9.9.9}
  ip.src in {10.1.2.0/24 .. 10.9.9.9}
  ip.src not in {10.1.2.3}
  all ip.addr == 10.0.0.0/8
  all ip.addr in {10.0.0.0/8}
  ip.addr#1 == 10.1.2.3
  ip.addr#2 == 10.1.2.3
  ip.src#1
  ip.src#2
  ip#2
  ip#3
  ip.src#[1-2] == 192.168.0.1
  ip.ttl#2 == 64
  tcp.port#1 == 80
  tcp.port#[1] == 80
  tcp.port#0 == 80
  eth.src#1[0] == 00
  ipv6.addr == fe80::1
  ipv6.addr == fe80::/10
  ipv6.src == FE80::1
  ipv6.src == fe80::1/64
  ipv6.dst == 0:0:0:0:0:0:0:1
  ipv6.addr in {::1, fe80::2}
  ipv6.addr in {::1 .. ::ff}
  ipv6.src > ::1
  ipv6.addr == ::ffff:10.0.0.1
  eth.src == 00:00:00:00:00:00
  eth.src == 00-00-00-00-00-00
  eth.src == 00.00.00.00.00.00
  eth.src == 0000.0000.0000
  eth.src == 000000000000
  eth.src contains 00:00
  eth.addr contains 00:00:00:00
  eth.src > 00:00:00:00:00:00
  eth.src in {00:00:00:00:00:00 .. 00:00:00:00:00:ff}
  eth.dst == ff:ff:ff:ff:ff:ff
  eth.type == 0x0800
  ip.proto == 6
  ip.proto == TCP
  ip.proto == "TCP"
  ip.proto == "tcp"
  ip.proto in {TCP, UDP}
  ip.proto > TCP
  arp.opcode == 1
  icmp.type == 8
  vlan.id == 5
  vlan.id in {1..9}
  tcp.flags.syn
  tcp.flags.syn == 1
  tcp.flags.syn == 2
  tcp.flags.syn == 0x1
  tcp.flags.syn == True
  tcp.flags.syn == TRUE
  tcp.flags.fin == False
  tcp.flags.syn == "Set"
  tcp.flags.syn == Set
  tcp.flags.syn == "Not set"
  tcp.flags.syn > 0
  tcp.flags.syn == tcp.flags.ack
  tcp.flags == 0x012
  tcp.flags == 022
  tcp.flags == 0b10010
  frame contains "GET"
  frame contains 0d:0a:0d:0a
  frame contains "\\r\\n\\r\\n"
  frame matches "get"
  frame matches "GET /.*HTTP"
  frame matches "[A-Z]{3} /"
  frame[54:3] matches "^get$"
  ip contains "GET"
  ip matches "get"
  eth contains "GET"
  tcp contains "GET"
  udp contains "AB"
  http contains "\\x48ost"
  http contains 47:45:54
  http matches "host"
  tcp.payload contains "GET"
  tcp.payload contains 47.45.54
  tcp.payload contains 0x47
  tcp.payload contains 47
  tcp.payload contains 'G'
  tcp.payload == "GET"
  tcp.payload > 47
  tcp.payload[0:4] == "GET "
  tcp.payload[0:3] != "GET"
  tcp.payload matches "^GET"
  tcp.options == 02:04:05:b4:03:03:00:00
  http.host
  http.host == "example.org"
  http.host == example.org
  http.host == "ex\\x61mple.org"
  http.host == "ex\\141mple.org"
  http.host == r"ex\\x61mple.org"
  http.host == "EXAMPLE.org"
  http.host == 5
  http.host == foo-bar
  http.host != "example.org"
  http.host !== "example.org"
  http.host === "example.org"
  http.host > "a"
  http.host < "f"
  http.host >= "example.org"
  http.host contains "ample"
  http.host contains example
  http.host contains 'x'
  http.host contains ""
  http.host matches "EXAMPLE"
  http.host matches "(?-i)EXAMPLE"
  http.host matches ""
  http.host matches r"^example\\.org$"
  http.host matches "^example\\\\.org$"
  http.host ~ "org$"
  http.host matches "exam|foo"
  http.host in {"example.org", "b"}
  http.host in {"a".."f"}
  http.host in {example.org}
  http.host[0] == "e"
  http.host[0:3] == 65:78:61
  http.host[0:3] contains "x"
  http.host[0:3] matches "XA"
  http.host == http.request.method
  http.request.method == GET
  http.request.method == "GET" or udp
  http.request.method in {GET, POST}
  http.request.method[0:2] == "GE"
  http.request.method[0] == 'G'
  http.request.method == 47:45:54
  http.request.uri matches "q=[0-9]$"
  http.request.uri contains "Index.html?q"
  http.response.code in {200..299}
  lower(http.request.method) == "get"
  upper(http.host) contains "EXAMPLE"
  lower(http.host)[0:3] == "exa"
  len(http.host) == 11
  len(http.host) > 5
  len(tcp) == 20
  len(ip) == 20
  len(eth) == 14
  len(frame) == 54
  len(udp) == 8
  len(ipv6) == 40
  len(data) == 5
  len(tcp.payload) == 51
  len(eth.src) == 6
  len(ip.src) == 4
  len(tcp.port) == 2
  count(tcp.port) == 2
  count(ip.addr) == 2
  count(ip.addr) > 2
  count(ip) == 1
  count(http.host) == 0
  string(tcp.port) == "80"
  string(tcp.port) matches "^8"
  string(tcp.port) contains "8"
  string(ip.src) == "10.1.2.3"
  string(ip.src) matches r"^10\\.1"
  string(eth.src) == "00:00:00:00:00:00"
  string(ipv6.src) == "fe80::1"
  string(frame.number) matches "[135]$"
  string(tcp.flags) == "2"
  max(tcp.port) == 50000
  max(tcp.srcport, tcp.dstport) == 50000
  max(tcp.srcport, udp.srcport) == 5000
  max(ip.src, ip.dst) == 10.9.9.9
  max(http.host, http.request.method) == "example.org"
  max(frame.time_relative, 0.002) == 0.004
  min(tcp.port) == 80
  min(tcp.srcport, 100) == 80
  abs(tcp.srcport - tcp.dstport) == 49920
  abs(tcp.port) == 80
  frame.time_relative > 0.002
  frame.time_relative >= 0.003000000
  frame.time_relative > 0
  frame.time_relative > -1
  frame.time_relative == 0.001000000
  frame.time_relative in {0.001 .. 0.003}
  frame.time_relative + 1 > 1.003
  frame.time_relative - 0.001 == 0.002
  frame.time_delta > 0.0005
  frame.time_epoch > 1700000000
  frame.time_epoch == 1700000000.003
  frame.time > "2023-11-14 22:13:20.002Z"
  frame.time > "2023-11-14T22:13:20.002Z"
  frame.time > "2023-11-14T22:13:20.002+01:00"
  frame.time > "2023-11-14T22:13:20.002+0100"
  frame.time > "2023-11-14 22:13:20 UTC"
  frame.time > "Nov 14, 2023 22:13:20.002 UTC"
  frame.time == "2023-11-14T22:13:20.003Z"
  frame.time in {"2023-11-14T22:13:20.003Z" .. "2023-11-14T22:13:20.004Z"}
  frame.protocols contains "http"
  frame.protocols == "eth:ethertype:ip:tcp"
  frame.encap_type == 1
  frame.comment
`)
