/** Numbers of ICMPv6's messages (RFC 4443, RFC 4861, RFC 2710, RFC 4620, RFC 3810) and of neighbour discovery's options. */
export const PACKET_TOO_BIG = 2
export const PARAMETER_PROBLEM = 4
export const ECHO_REQUEST = 128
export const ECHO_REPLY = 129
export const LISTENER_QUERY = 130
export const LISTENER_REPORT = 131
export const LISTENER_DONE = 132
export const ROUTER_SOLICITATION = 133
export const ROUTER_ADVERTISEMENT = 134
export const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136
export const REDIRECT = 137
export const NODE_QUERY = 139
export const NODE_REPLY = 140
export const LISTENER_REPORT_V2 = 143

export const SOURCE_ADDRESS = 1
export const TARGET_ADDRESS = 2
export const PREFIX = 3
export const MTU = 5
export const NONCE = 14
export const RDNSS = 25
/** Bytes in which an option tells its length. */
export const OPTION_UNIT = 8
export const IPV6_ADDRESS = 16
