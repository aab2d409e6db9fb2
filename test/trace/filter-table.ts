/** Filters of every kind, for comparison with Wireshark's engine: one a line, by what they are about. */

/** Both take them, and choose the same packets. */
export const SAME: readonly string[] = lines(`
  tcp
  udp
  ip
  ipv6
  arp
  icmp
  vlan
  eth
  frame
  http
  data
  !tcp
  not tcp
  not tcp and ip
  not tcp or udp
  not (tcp and ip) or udp
  !(tcp.port == 80) && !(udp)
  !!tcp
  not not udp
  not(udp)
  tcp && ip
  tcp || udp
  tcp and not udp and not arp
  tcp or udp and ip
  (tcp or udp) and ip
  ip and (udp or icmp)
  (((tcp)))
  .tcp.port == 80
  tcp.port
  tcp.port == 80
  tcp.port==80
  tcp.port==80&&ip
  (tcp.port==80)and(ip)
  tcp.port eq 80
  tcp.port any_eq 80
  tcp.port != 80
  tcp.port ne 80
  tcp.port all_ne 80
  tcp.port === 80
  tcp.port all_eq 80
  tcp.port !== 80
  tcp.port any_ne 80
  tcp.port ~= 80
  !tcp.port == 80
  !(tcp.port == 80)
  tcp.port > 80
  tcp.port gt 80
  tcp.port >= 80
  tcp.port ge 80
  tcp.port < 81
  tcp.port lt 80
  tcp.port <= 80
  tcp.port le 80
  tcp.port == 0x50
  tcp.port == 0X50
  tcp.port == 0120
  tcp.port == 0b1010000
  tcp.port == 'P'
  tcp.port == '\\x50'
  tcp.port == '\\120'
  tcp.port == +80
  tcp.port == -80
  tcp.port != -1
  any tcp.port > 79
  all tcp.port > 79
  all tcp.port > 80
  any tcp.port != 80
  all tcp.port == 80
  not all tcp.port > 80
  all tcp.port in {80, 50000}
  all tcp.port in {1..60000}
  any tcp.port in {1..60}
  tcp.port in {80}
  tcp.port in {80,443}
  tcp.port in {79..81}
  tcp.port in {79 .. 81}
  tcp.port in {1..79, 81..49999}
  tcp.port in {80, 0x1bb, 0b11}
  tcp.port in {tcp.dstport}
  tcp.srcport in {tcp.dstport}
  tcp.srcport in {1 .. tcp.dstport}
  tcp.port not in {80}
  not tcp.port in {80}
  udp.port in {5000, 5360}
  tcp.srcport == tcp.dstport
  tcp.srcport < tcp.dstport
  tcp.port == udp.port
  tcp.port == frame.len
  frame.cap_len == frame.len
  frame.len > ip.len
  ip.src == ip.addr
  eth.src == eth.dst
  tcp.srcport == tcp.srcport == 80
  tcp.srcport < tcp.dstport < 60000
  tcp.port + 1 == 81
  tcp.port - 1 == 79
  tcp.port -1 == 79
  tcp.port*2 == 160
  tcp.port * 2 == 160
  tcp.port / 2 == 40
  tcp.port/2 == 40
  tcp.port % 3 == 2
  tcp.port % 0 == 2
  tcp.port / 0
  tcp.port == 40 + 40
  tcp.port == 40+40
  tcp.port == {40 + 40}
  tcp.port == 8 * 10 & 0xff
  {tcp.port + 1} * 2 == 162
  {tcp.port} == 80
  tcp.dstport >= 4 * {tcp.srcport + 3}
  -tcp.port == -80
  tcp.srcport - tcp.dstport
  tcp.srcport - tcp.dstport < 0
  tcp.srcport - tcp.dstport > 0
  tcp.srcport - tcp.dstport == -49920
  tcp.srcport - 80
  ip.ttl % 10 == 4
  tcp.len * 8 > 400
  tcp.flags & 0x02
  tcp.flags bitwise_and 2
  tcp.flags & 2 == 2
  tcp.flags & 0x12 == 0x12
  tcp.srcport & tcp.dstport == 0x50
  tcp.srcport & 0xf == 0
  ip.src & 255.0.0.0 == 10.0.0.0
  ip.src & 0.0.0.255
  eth.src[0] & 0x0f == 0
  tcp.payload[0] & 0x40
  tcp.payload[0:2] & 40:40
  tcp[13] & 0x02
  tcp[13] & 3f == 02
  ip[0] & f0 == 40
  udp.payload & 01
  frame.number & 1
  frame.number % 2 == 0
  frame.number == 3
  frame.number == 0x2
  frame.number in {1,3..5}
  frame.number < 3 or frame.number > 5
  frame.len > 60
  frame[14:2]
  frame[14:2] == 45:00
  frame[14]
  frame[100]
  frame[90:20]
  frame[-4:] == 31:0d:0a:0d
  frame[-4:2] == 0d:0a
  frame[-3--1] == 0a:0d:0a
  frame[0-5] == 00:00:00:00:00:00
  frame[:6] == 00:00:00:00:00:00
  frame[:]
  frame[0-1,5:2]
  frame[0-1,12:2] == 00:00:08:00
  frame[0x10]
  frame[ 1 : 2 ] == 00:00
  frame[1][0] == 00
  frame[12:4][2:2] == 45:00
  frame[0] == 0
  frame[0] == 00
  frame[0:99999]
  eth[12:2] == 08:00
  eth[-2:] == 08:00
  eth[14:2] == 45:00
  ip[20:2]
  ip[-1] == 09
  tcp[20:3] == "GET"
  tcp[13] == 0x02
  http[0:3] == "GET"
  udp[8:2] == 01:02
  ipv6[0:2] == 60:00
  data[0] == 01
  ip > 45
  eth.src[0:3] == 00:00:00
  eth.src[0:3] == 00-00-00
  eth.src[0:3] == 00.00.00
  eth.src[0:3] == 0.0.0
  eth.src[0:3] == "\\0\\0\\0"
  eth.src[0:3] == 000000
  eth.src[0:3] != 00:00:01
  eth.addr[5] == 00
  ip.src[0] == 0a
  ip.src[0:2] == 0a:01
  ip.src[3] == 3
  ip.src[3] == 0x03
  ip.addr[0:2] == 0a:09
  ipv6.src[0:2] == fe:80
  udp.payload == 01:02:ff:41:42
  udp.payload == 0102ff4142
  udp.payload == 01.02.ff.41.42
  udp.payload == 01-02-ff-41-42
  udp.payload == 1.2.ff.41.42
  udp.payload == "\\x01\\x02\\xff\\x41\\x42"
  udp.payload > 01
  udp.payload > 01:01
  udp.payload > "A"
  udp.payload contains 02:ff
  udp.payload contains FF:41
  udp.payload contains fF-41
  udp.payload contains ff.41
  udp.payload contains ff41
  udp.payload contains :ff
  udp.payload contains 0xff
  udp.payload contains "AB"
  udp.payload contains "\\xffA"
  udp.payload contains "\\377"
  udp.payload contains '\\xff'
  udp.payload contains ""
  udp.payload matches "ab"
  udp.payload matches "\\x02\\xff"
  udp.payload matches r"\\x02\\xff"
  udp.payload matches "\\\\x02\\\\xff"
  udp.payload[2] == 0xff
  udp.payload[2] > 0xf0
  udp.payload[2] == '\\xff'
  udp.payload[0] == 1
  udp.payload[0] == :01
  udp.payload[3:2] == "AB"
  udp.payload[3:2] > "AA"
  udp.payload[3:2] matches "ab"
  udp.payload[3] == udp.payload[4]
  udp.payload[0] < udp.payload[1]
  udp.payload[0:1,3:2] == 01:41:42
  udp.payload[0,1] == 01:02
  udp.payload[0,99]
  udp.payload[0,99] == 01
  udp.payload[-2:] == "AB"
  udp.payload[-2:1] == "A"
  udp.payload[-9:]
  udp.payload[5:]
  udp.payload[2-9]
  udp.payload[2-4] == ff:41:42
  data == 01:02:ff:41:42
  data > 99
  data > 00:00:00:00:00:00
  data contains ""
  frame[0:2] < ff:ff:ff
  http.host[0:3] > "z"
  http.host[0:3] > "zzz"
  data.data == 01:02:ff:41:42
  data.len == 5
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

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
