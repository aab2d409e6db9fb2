/** What the data of DHCP's plain options is: a value, or a list of values of one kind. */
import { type FieldOptions, type FieldSpec, flag, i32, ipv4Address, text, u8, u16, u32 } from './field.ts'

/** How the data is read, and how long it must be. */
export type OptionKind = 'text' | 'address' | 'addresses' | 'bool' | 'u8' | 'u16' | 'u16s' | 'u32' | 'i32'

export interface PlainOption {
  readonly kind: OptionKind
  /** Its field's key in the protocol's table. */
  readonly key: `option.${string}`
  readonly field: FieldSpec
}

const FIELD: Readonly<Record<OptionKind, (label: string, o: FieldOptions) => FieldSpec>> = {
  text,
  address: ipv4Address,
  addresses: ipv4Address,
  bool: (label, o) => flag(label, 1, 0xff, o),
  u8,
  u16,
  u16s: u16,
  u32,
  i32,
}

const VALUES: Readonly<Record<string, FieldOptions['values']>> = {
  netbios_over_tcpip_node_type: { 1: 'B-node', 2: 'P-node', 4: 'M-node', 8: 'H-node' },
  dhcp_auto_configuration: { 0: 'DoNotAutoConfigure', 1: 'AutoConfigure' },
  client_system_architecture: {
    0: 'IA x86 PC',
    1: 'NEC/PC98',
    2: 'IA64 PC',
    6: 'EFI IA32',
    7: 'EFI x64',
    9: 'EFI BC',
    10: 'ARM 32-bit UEFI',
    11: 'ARM 64-bit UEFI',
    15: 'x86 UEFI HTTP',
    16: 'x64 UEFI HTTP',
    19: 'ARM 64-bit UEFI HTTP',
  },
}

/** Declares the field of one option. */
export function option(
  kind: OptionKind,
  key: string,
  label: string,
  spec: string,
  about: string,
): PlainOption {
  const values = VALUES[key]
  const field = FIELD[kind](label, { spec, about, ...(values && { values }) })
  return { kind, key: `option.${key}`, field }
}
