/** Filters of every kind, for comparison with Wireshark's engine: one a line, by what they are about. */
import { lines } from './filter-lines.ts'
import { LANGUAGE } from './filter-table-language.ts'
import { VALUES } from './filter-table-values.ts'

/** Both take them, and choose the same packets. */
export const SAME: readonly string[] = [...LANGUAGE, ...VALUES]

/** Both refuse them. */
export const WRONG: readonly string[] = lines(`
  1 + 1
  1 + 1 == 2
  tcp.port-1 == 79
  frame.time_relative * 2 > 0.005
  ip.src + 1 == 10.1.2.4
  frame[0:0]
  frame[]
  frame[a]
  frame[1-]
  frame[-3-1]
  udp.payload[2-1]
  udp.payload[1:-1]
  tcp.port[0] == 00
  frame contains GET
  frame[0] == 0x0
  udp.payload[0:2] == 0x0102
  udp.payload == 1:2:ff:41:42
  udp.payload == 01:
  tcp.port == http
  tcp.port == "80"
  tcp.port == 'PP'
  tcp.port == ''
  tcp.port == 80.0
  tcp.port == 08
  tcp.port == 0x
  tcp.port == 0b2
  tcp.port == 80u
  tcp.port == 70000
  tcp.port == abc
  tcp.port == 10.0.0.1
  tcp.flags.syn == yes_
  tcp.flags.syn & 1
  tcp.flags == SYN
  ip.proto contains "T"
  ip.proto matches "T"
  ip.addr == "10.1.2.3"
  ip.addr == 10.1.2
  ip.addr == 10.1.2.300
  ip.addr == 010.1.2.3
  ip.addr == 10.1.2.3/33
  ip.addr == 10.1.2.3/24/24
  ip.addr == 10.1.2.3 /24
  ip.addr == 0x0a010203
  ip.addr == nosuchhost
  ip.src/24 == 10.1.2.0
  ip.src in {10.1.2.3 10.1.2.4}
  ip.src in {}
  ip.src in 10.1.2.3
  ip.src contains "x"
  ipv6.addr == 1:2
  ipv6.addr == fe80::/129
  ipv6.addr == 10.0.0.1
  eth.src == 0:0:0:0:0:0
  eth.src == 00:00:00
  eth.src == "00:00:00:00:00:00"
  :tcp.port == 80
  http.host == http
  http.host == tcp.port
  http.host matches example
  http.host matches "("
  http.host matches "^example\\.org$"
  http.host == "ex\\qmple"
  http.host == "ex\\u0061mple.org"
  http.host == "\\400"
  http.host & 1
  http.host + 1
  http.host[0:3] == exa
  http.request.method in {"GET" "POST"}
  http.request.uri == /Index.html
  len(http.host)
  count(tcp.port)
  len("abc") == 3
  string(tcp)
  string(http.host) == "x"
  string(tcp.flags.syn) == "1"
  string(frame.time_relative) contains "0.00"
  max(1,2) == 2
  max() == 1
  max(tcp.port, ip.src) == 3
  abs(ip.src) == 1
  lower(tcp.port) == "x"
  lower(http.host, http.host)
  lower() == "a"
  rot13(http.host)
  upper("abc") == "ABC"
  tcp.port in {80 443}
  tcp.port in {http}
  tcp.port in {80,}
  tcp.port in {80..}
  tcp.port in {..80}
  tcp.port in {1 .. 2 .. 3}
  tcp.srcport in {ip.src}
  all tcp
  any tcp.port
  tcp.port EQ 80
  tcp AND ip
  tcp & ip
  tcp | ip
  tcp ! ip
  ()
  (tcp
  tcp)
  tcp udp
  tcp and
  and tcp
  tcp or or ip
  tcp.port = 80
  tcp.port ==
  == 80
  tcp.port == (80)
  (tcp.port) == 80
  80 == 80
  "x" == "x"
  "x"
  80
  tcp.srcport == ip.src
  ip.src == ipv6.src
  eth.src == ip.src
  tcp.flags.syn == tcp.port
  frame.time_relative == frame.len
  frame.time_relative > "0.002"
  frame.time_relative > 2e-3
  frame.time_relative > .002
  frame.time > 1700000000
  frame.time > "nonsense"
  frame.time > "Nov 14, 2023"
  frame.time contains "2023"
  frame.time - 1 > 5
  tcp.port#x == 80
  tcp.port # 1 == 80
  tcp.port#-1 == 80
  malformed
  tcp.nope == 1
  tcp.
  tcp..port
  tcp.port == 80;
  tcp.port 80
  $x
  not
  "abc
  'a
  r"abc
`)

/** Wirelab's own, or later Wireshark's: what 4.0 refuses, and cannot mean anything else. */
export const MORE: readonly string[] = lines(`
  tcp xor udp
  tcp ^^ udp
  80 == tcp.port
  1 < frame.number <= 3
  tcp.flags.syn == true
  tcp.flags bitand 2
  string(tcp.srcport) in {"80"}
  udp.payload[0] in {01, 02}
  len(http.host[0:3]) == 3
  tcp.port + 65500 == 65580
`)

/** What 4.0 takes and Wirelab says no to. */
export const LESS: readonly string[] = lines(`
  http.host matches "ex.*(?=org)"
  tcp.port in {81..79}
  frame.number == \${frame.number}
`)
