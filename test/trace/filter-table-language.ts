/** Filters for comparison with Wireshark's engine: what joins, compares, counts and cuts. */
import { lines } from './filter-lines.ts'

export const LANGUAGE: readonly string[] = lines(`
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
`)
