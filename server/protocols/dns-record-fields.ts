/** The fields of record data, by type (RFC 1035 §3.3 and the RFCs that defined each type). */
import {
  ALGORITHMS,
  DIGESTS,
  NSEC3_HASHES,
  RECORD_TYPES,
  SERVICE_KEYS,
  SSH_ALGORITHMS,
  SSH_FINGERPRINTS,
  TLSA_MATCHING,
  TLSA_SELECTORS,
  TLSA_USAGES,
} from './dns-values.ts'
import {
  bits,
  bytes,
  etherAddress,
  flag,
  heading,
  hex8,
  hex16,
  ipv4Address,
  ipv6Address,
  text,
  u8,
  u16,
  u32,
  uint,
} from './field.ts'

const SOA = 'RFC 1035 §3.3.13'
const SRV = 'RFC 2782'
const NAPTR = 'RFC 3403 §4.1'
const RRSIG = 'RFC 4034 §3.1'
const DNSKEY = 'RFC 4034 §2.1'
const DS = 'RFC 4034 §5.1'
const NSEC3 = 'RFC 5155 §3.1'
const TLSA = 'RFC 6698 §2.1'
const SSHFP = 'RFC 4255 §3.1'
const SVCB = 'RFC 9460 §2.2'
const CAA = 'RFC 8659 §4.1'
const TSIG = 'RFC 8945 §4.2'
const EXPERIMENTAL_MAIL = 'RFC 1035 §3.3'

export const DNS_RECORD_FIELDS = {
  a: ipv4Address('Address', { spec: 'RFC 1035 §3.4.1', about: 'An IPv4 address of the name.' }),
  aaaa: ipv6Address('AAAA Address', { spec: 'RFC 3596 §2.2', about: 'An IPv6 address of the name.' }),
  ns: text('Name Server', { spec: 'RFC 1035 §3.3.11', about: 'A server that answers for this zone itself.' }),
  cname: text('CNAME', {
    spec: 'RFC 1035 §3.3.1',
    about: 'The name is an alias: everything is to be looked up under this one.',
  }),
  dname: text('Dname', { spec: 'RFC 6672 §2.1', about: 'An alias for all names below this one.' }),
  'ptr.domain_name': text('Domain Name', {
    spec: 'RFC 1035 §3.3.12',
    about: 'Where the name points: for an address under in-addr.arpa, the host that has it.',
  }),
  md: text('Mail Destination', { spec: EXPERIMENTAL_MAIL, about: 'Obsolete: MX took its place.' }),
  mf: text('Mail Forwarder', { spec: EXPERIMENTAL_MAIL, about: 'Obsolete: MX took its place.' }),
  mb: text('MailBox Domaine', {
    spec: EXPERIMENTAL_MAIL,
    about: 'The host of a mailbox; never came into use.',
  }),
  mg: text('Mail Group member', {
    spec: EXPERIMENTAL_MAIL,
    about: 'A mailbox of a group; never came into use.',
  }),
  mr: text('Mail Rename domaine', {
    spec: EXPERIMENTAL_MAIL,
    about: "A mailbox's new name; never came into use.",
  }),
  'minfo.r': text('Responsible Mailbox', { spec: EXPERIMENTAL_MAIL, about: 'Who looks after the list.' }),
  'minfo.e': text('Error Mailbox', { spec: EXPERIMENTAL_MAIL, about: 'Who is told of its errors.' }),
  null: bytes('Null (data)', { spec: 'RFC 1035 §3.3.10', about: 'Any bytes: tunnels through DNS like it.' }),
  'soa.mname': text('Primary name server', { spec: SOA, about: 'The server where the zone is written.' }),
  'soa.rname': text("Responsible authority's mailbox", {
    spec: SOA,
    about: 'Whom to write to; the first dot stands for the @.',
  }),
  'soa.serial_number': u32('Serial Number', { spec: SOA, about: 'Grows whenever the zone changes.' }),
  'soa.refresh_interval': u32('Refresh Interval', {
    unit: 'seconds',
    spec: SOA,
    about: 'How often the other servers look whether it has changed.',
  }),
  'soa.retry_interval': u32('Retry Interval', {
    unit: 'seconds',
    spec: SOA,
    about: 'How soon they try again when that failed.',
  }),
  'soa.expire_limit': u32('Expire limit', {
    unit: 'seconds',
    spec: SOA,
    about: 'After how long without a word from the primary they no longer answer.',
  }),
  'soa.minimum_ttl': u32('Minimum TTL', {
    unit: 'seconds',
    spec: 'RFC 2308 §4',
    about: 'How long one may believe that a name does not exist.',
  }),
  'hinfo.cpu_length': u8('CPU Length', { spec: 'RFC 1035 §3.3.2', about: 'Of the text that follows.' }),
  'hinfo.cpu': text('CPU', {
    spec: 'RFC 1035 §3.3.2',
    about: 'The kind of machine; RFC8482 in answers to ANY.',
  }),
  'hinfo.os_length': u8('OS Length', { spec: 'RFC 1035 §3.3.2', about: 'Of the text that follows.' }),
  'hinfo.os': text('OS', { spec: 'RFC 1035 §3.3.2', about: 'Its operating system.' }),
  'mx.preference': u16('Preference', { spec: 'RFC 1035 §3.3.9', about: 'The lowest is tried first.' }),
  'mx.mail_exchange': text('Mail Exchange', {
    spec: 'RFC 1035 §3.3.9',
    about: 'The host that takes mail for this name.',
  }),
  'txt.length': u8('TXT Length', {
    spec: 'RFC 1035 §3.3.14',
    about: 'Of the text that follows: 255 at most.',
  }),
  txt: text('TXT', {
    spec: 'RFC 1035 §3.3.14',
    about: 'Free text: mail policies, proofs that a domain is yours. Several in one record are one text.',
  }),
  'spf.length': u8('SPF Length', { spec: 'RFC 4408 §3.1.1', about: 'Of the text that follows.' }),
  spf: text('SPF', { spec: 'RFC 4408 §3.1.1', about: 'Who may send mail for this name; given up for TXT.' }),
  'rp.mailbox': text('Mailbox', { spec: 'RFC 1183 §2.2', about: 'Who is responsible for the host.' }),
  'rp.txt_rr': text('TXT RR', { spec: 'RFC 1183 §2.2', about: 'Where more is said of that.' }),
  'afsdb.subtype': u16('Subtype', { spec: 'RFC 1183 §1', about: 'Which kind of cell database.' }),
  'afsdb.hostname': text('Hostname', { spec: 'RFC 1183 §1', about: 'The host that has it.' }),
  'rt.subtype': u16('Preference', { spec: 'RFC 1183 §3.3', about: 'The lowest is tried first.' }),
  'rt.intermediate_host': text('Intermediate Hostname', {
    spec: 'RFC 1183 §3.3',
    about: 'Passes packets on to a host without an address of its own.',
  }),
  'kx.preference': u16('Preference', { spec: 'RFC 2230 §3.1', about: 'The lowest is tried first.' }),
  'kx.key_exchange': text('Key Exchange', {
    spec: 'RFC 2230 §3.1',
    about: 'A host that exchanges keys for this one.',
  }),
  'srv.service': text('Service', {
    spec: SRV,
    about: 'The first part of the name: which service is looked for.',
  }),
  'srv.proto': text('Protocol', { spec: SRV, about: 'The second part: over which transport.' }),
  'srv.name': text('Name', { spec: SRV, about: 'The rest: whose service.' }),
  'srv.priority': u16('Priority', { spec: SRV, about: 'The lowest is tried first.' }),
  'srv.weight': u16('Weight', { spec: SRV, about: 'Among equals, how large a share of the clients.' }),
  'srv.port': u16('Port', { spec: SRV, about: 'The port of the service: unlike A, SRV says it too.' }),
  'srv.target': text('Target', { spec: SRV, about: 'The host of the service.' }),
  'naptr.order': u16('Order', { spec: NAPTR, about: 'The lowest is looked at first.' }),
  'naptr.preference': u16('Preference', { spec: NAPTR, about: 'Among equals, the lowest is preferred.' }),
  'naptr.flags_length': u8('Flags Length', { spec: NAPTR, about: 'Of the text that follows.' }),
  'naptr.flags': text('Flags', { spec: NAPTR, about: 'What to look up next: s for SRV, a for addresses.' }),
  'naptr.service_length': u8('Service Length', { spec: NAPTR, about: 'Of the text that follows.' }),
  'naptr.service': text('Service', { spec: NAPTR, about: 'The service, and how it is reached.' }),
  'naptr.regex_length': u8('Regex Length', { spec: NAPTR, about: 'Of the text that follows.' }),
  'naptr.regex': text('Regex', { spec: NAPTR, about: 'How to make the next name from this one.' }),
  'naptr.replacement_length': uint('Replacement Length', { spec: NAPTR, about: 'Of the name that follows.' }),
  'naptr.replacement': text('Replacement', { spec: NAPTR, about: 'The next name to look up.' }),
  eui48: etherAddress('EUI48 Address', { spec: 'RFC 7043 §3', about: 'A hardware address.' }),
  eui64: text('EUI64 Address', { spec: 'RFC 7043 §4', about: 'A hardware address of eight bytes.' }),
  openpgpkey: text('OpenPGP Key', {
    spec: 'RFC 7929 §2.1',
    about: 'The key with which to write to a mailbox.',
  }),
  'dhcid.rdata': bytes('DHCID Data', {
    spec: 'RFC 4701 §3',
    about: 'Which DHCP client the name belongs to.',
  }),
  'ds.key_id': hex16('Key id', { spec: DS, about: 'Which key of the zone below is meant.' }),
  'ds.algorithm': u8('Algorithm', { values: ALGORITHMS, spec: DS, about: 'What that key signs with.' }),
  'ds.digest_type': u8('Digest Type', { values: DIGESTS, spec: DS, about: 'How the digest was made.' }),
  'ds.digest': bytes('Digest', {
    spec: DS,
    about: "Of the key: signed here, it makes the zone below's key trusted.",
  }),
  'sshfp.algorithm': u8('Algorithm', { values: SSH_ALGORITHMS, spec: SSHFP, about: 'The kind of host key.' }),
  'sshfp.fingerprint.type': u8('Fingerprint type', {
    values: SSH_FINGERPRINTS,
    spec: SSHFP,
    about: 'Its digest.',
  }),
  'sshfp.fingerprint': bytes('Fingerprint', {
    spec: SSHFP,
    about: 'What ssh asks you about at the first login.',
  }),
  'rrsig.type_covered': u16('Type Covered', {
    values: RECORD_TYPES,
    spec: RRSIG,
    about: 'Which records of this name are signed.',
  }),
  'rrsig.algorithm': u8('Algorithm', { values: ALGORITHMS, spec: RRSIG, about: 'How they are signed.' }),
  'rrsig.labels': u8('Labels', {
    spec: RRSIG,
    about: 'Parts of the signed name: fewer when a * stood for some.',
  }),
  'rrsig.original_ttl': u32('Original TTL', {
    unit: 'seconds',
    spec: RRSIG,
    about: 'The time to live that was signed: caches count it down.',
  }),
  'rrsig.signature_expiration': text('Signature Expiration', {
    spec: RRSIG,
    about: 'Not valid any more after.',
  }),
  'rrsig.signature_inception': text('Signature Inception', { spec: RRSIG, about: 'Not valid yet before.' }),
  'rrsig.key_tag': u16('Key Tag', { spec: RRSIG, about: 'Which DNSKEY verifies it.' }),
  'rrsig.signers_name': text("Signer's name", { spec: RRSIG, about: 'The zone whose key it is.' }),
  'rrsig.signature': bytes('Signature', {
    spec: RRSIG,
    about: 'Proves that the zone itself wrote the records.',
  }),
  'nsec.next_domain_name': text('Next Domain Name', {
    spec: 'RFC 4034 §4.1',
    about: 'Between this name and the next there is none: so a missing name can be proven.',
  }),
  'dnskey.flags': hex16('Flags', { spec: DNSKEY, about: 'What the key is for.' }),
  'dnskey.flags.zone_key': flag('Zone Key', 2, 0x0100, {
    spec: DNSKEY,
    about: "It signs the zone's records.",
  }),
  'dnskey.flags.key_revoked': flag('Key Revoked', 2, 0x0080, {
    spec: 'RFC 5011 §3',
    about: 'Not to be used any more.',
  }),
  'dnskey.flags.secure_entry_point': flag('Key Signing Key', 2, 0x0001, {
    spec: DNSKEY,
    about: 'It signs the other keys, and the zone above vouches for it.',
  }),
  'dnskey.flags.reserved': bits('Key Signing Key', 2, 0xfe7e, { base: 'hex', spec: DNSKEY, about: 'Zero.' }),
  'dnskey.protocol': u8('Protocol', { spec: DNSKEY, about: 'Always 3.' }),
  'dnskey.algorithm': u8('Algorithm', {
    values: ALGORITHMS,
    spec: DNSKEY,
    about: 'What the key signs with.',
  }),
  'dnskey.key_id': uint('Key id', {
    spec: 'RFC 4034 §B',
    about: 'Computed from the key: RRSIG and DS name it by this.',
  }),
  'dnskey.public_key': bytes('Public Key', { spec: DNSKEY, about: 'The key itself.' }),
  'nsec3.algo': u8('Hash algorithm', { values: NSEC3_HASHES, spec: NSEC3, about: 'How names are hashed.' }),
  'nsec3.flags': u8('NSEC3 flags', { spec: NSEC3, about: 'One flag so far.' }),
  'nsec3.flags.opt_out': flag('NSEC3 Opt-out flag', 1, 0x01, {
    spec: NSEC3,
    about: 'Unsigned zones may stand between the two names.',
  }),
  'nsec3.iterations': u16('NSEC3 iterations', { spec: NSEC3, about: 'How often more the hash is made.' }),
  'nsec3.salt_length': u8('Salt length', { unit: 'bytes', spec: NSEC3, about: 'Of the salt.' }),
  'nsec3.salt_value': bytes('Salt value', { spec: NSEC3, about: 'Is hashed with each name.' }),
  'nsec3.hash_length': u8('Hash length', { unit: 'bytes', spec: NSEC3, about: 'Of the hash.' }),
  'nsec3.hash_value': text('Next hashed owner', {
    spec: NSEC3,
    about: 'The next name, hashed, so that a zone can be proven without being listed.',
  }),
  'tlsa.certificate_usage': u8('Certificate Usage', {
    values: TLSA_USAGES,
    spec: TLSA,
    about: 'What the data must match.',
  }),
  'tlsa.selector': u8('Selector', {
    values: TLSA_SELECTORS,
    spec: TLSA,
    about: 'The certificate, or its key alone.',
  }),
  'tlsa.matching_type': u8('Matching Type', {
    values: TLSA_MATCHING,
    spec: TLSA,
    about: 'Whole, or hashed.',
  }),
  'tlsa.certificate_association_data': bytes('Certificate Association Data', {
    spec: TLSA,
    about: 'What the certificate of the service is compared with.',
  }),
  'svcb.svcpriority': u16('SvcPriority', {
    spec: SVCB,
    about: 'The lowest is tried first; 0 makes it an alias.',
  }),
  'svcb.targetname': text('TargetName', {
    spec: SVCB,
    about: 'The host of the service; the root stands for this name.',
  }),
  'svcb.svcparam': heading('SvcParam', { spec: SVCB, about: 'What to know before one connects.' }),
  'svcb.svcparam.key': u16('SvcParamKey', { values: SERVICE_KEYS, spec: SVCB, about: 'Which parameter.' }),
  'svcb.svcparam.value.length': u16('SvcParamValue length', {
    unit: 'bytes',
    spec: SVCB,
    about: 'Of its value.',
  }),
  'svcb.svcparam.value': bytes('SvcParamValue', { spec: SVCB, about: 'The value as it stands.' }),
  'svcb.svcparam.mandatory.key': u16('Mandatory key', {
    values: SERVICE_KEYS,
    spec: 'RFC 9460 §8',
    about: 'Who does not understand this parameter must not use the record.',
  }),
  'svcb.svcparam.alpn.length': u8('ALPN length', {
    spec: 'RFC 9460 §7.1',
    about: 'Of the text that follows.',
  }),
  'svcb.svcparam.alpn': text('ALPN', {
    spec: 'RFC 9460 §7.1',
    about: 'A protocol that the service speaks: h3 lets a browser begin with QUIC.',
  }),
  'svcb.svcparam.port': u16('Port', { spec: 'RFC 9460 §7.2', about: 'Where the service listens.' }),
  'svcb.svcparam.ipv4hint.ip': ipv4Address('IP', { spec: 'RFC 9460 §7.3', about: 'Saves one lookup.' }),
  'svcb.svcparam.ipv6hint.ip': ipv6Address('IP', { spec: 'RFC 9460 §7.3', about: 'Saves one lookup.' }),
  'svcb.svcparam.echconfig': bytes('ECHConfig', {
    spec: 'RFC 9848',
    about: 'The key with which a client encrypts the server name in its ClientHello.',
  }),
  'caa.flags': hex8('CAA Flags', { spec: CAA, about: 'One flag so far.' }),
  'caa.flags.issuer_critical': flag('Issuer Critical', 1, 0x80, {
    spec: CAA,
    about: 'An authority that does not understand the property must not issue.',
  }),
  'caa.issue': text('Issue', { spec: 'RFC 8659 §4.2', about: 'Who may issue certificates for this name.' }),
  'caa.issuewild': text('Issue Wildcard', { spec: 'RFC 8659 §4.3', about: 'Who may issue them for *.' }),
  'caa.iodef': text('Report URL', {
    spec: 'RFC 8659 §4.4',
    about: 'Where to report a request that was refused.',
  }),
  'caa.unknown': text('Unknown tag', { spec: CAA, about: 'A property that is not known here.' }),
  'caa.tag_length': u8('Tag length', { spec: CAA, about: 'Of the tag.' }),
  'caa.tag': text('Tag', { spec: CAA, about: 'Which property.' }),
  'caa.value': text('Value', { spec: CAA, about: 'Its value.' }),
  'tsig.algorithm_name': text('Algorithm Name', { spec: TSIG, about: 'How the code was made.' }),
  'tsig.time_signed': text('Time Signed', {
    spec: TSIG,
    about: 'When: an old message can not be sent again.',
  }),
  'tsig.fudge': u16('Fudge', { unit: 'seconds', spec: TSIG, about: 'How much the two clocks may differ.' }),
  'tsig.mac_size': u16('MAC Size', { unit: 'bytes', spec: TSIG, about: 'Of the code.' }),
  'tsig.mac': heading('MAC', { spec: TSIG, about: 'Proves that the message is from one who has the key.' }),
  'tsig.original_id': u16('Original Id', { spec: TSIG, about: 'The id before a forwarder changed it.' }),
  'tsig.error': u16('Error', {
    spec: TSIG,
    about: 'What was wrong with the code of the question; 0 for nothing.',
  }),
  'tsig.other_len': u16('Other Len', { unit: 'bytes', spec: TSIG, about: 'Of what follows.' }),
  'tsig.other_data': bytes('Other Data', {
    spec: TSIG,
    about: "The server's time, where the clocks differ.",
  }),
} as const
