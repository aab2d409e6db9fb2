import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Family, familyOf, installCommand, remedyFor, type System } from '../../server/capture/remedy.ts'

const alice = (family: Family, more: Partial<System> = {}): System => ({
  family,
  user: 'alice',
  root: false,
  inWiresharkGroup: false,
  elevate: 'sudo',
  ...more,
})
const JOIN = ['sudo usermod -aG wireshark alice', 'newgrp wireshark  # or log in again, then start Wirelab']
const YES = 'echo wireshark-common wireshark-common/install-setuid boolean true | sudo debconf-set-selections'

test('Debian: install, let the group capture, join it', () => {
  assert.deepEqual(remedyFor(alice('debian'), { kind: 'missing' }), [
    YES,
    'sudo apt-get install -y wireshark-common',
    ...JOIN,
  ])
})

test('Debian: dumpcap is there, but without capabilities', () => {
  const denied = { kind: 'denied', tool: 'dumpcap', path: '/usr/bin/dumpcap' } as const
  assert.deepEqual(remedyFor(alice('debian'), denied), [
    YES,
    'sudo dpkg-reconfigure -f noninteractive wireshark-common',
    ...JOIN,
  ])
})

test('one who is in the group already only has to use it', () => {
  assert.deepEqual(remedyFor(alice('debian', { inWiresharkGroup: true }), { kind: 'group' }), JOIN.slice(1))
})

test('Fedora, Arch and openSUSE install their own packages', () => {
  const first = (family: Family) => remedyFor(alice(family), { kind: 'missing' })[0]
  assert.equal(first('fedora'), 'sudo dnf install -y wireshark-cli')
  assert.equal(first('arch'), 'sudo pacman -S --noconfirm wireshark-cli')
  assert.equal(first('suse'), 'sudo zypper install -y wireshark')
})

test('Alpine as a user with doas', () => {
  assert.deepEqual(remedyFor(alice('alpine', { elevate: 'doas' }), { kind: 'missing' }), [
    'doas apk add tcpdump libcap',
    'doas setcap cap_net_raw,cap_net_admin=eip /usr/bin/tcpdump',
  ])
})

test('tcpdump without permission gets the capabilities, also without sudo', () => {
  const denied = { kind: 'denied', tool: 'tcpdump', path: '/usr/sbin/tcpdump' } as const
  assert.deepEqual(remedyFor(alice('linux', { elevate: 'su' }), denied), [
    'su -c "setcap cap_net_raw,cap_net_admin=eip /usr/sbin/tcpdump"',
  ])
})

test('root only has to install', () => {
  const root = alice('debian', { root: true })
  assert.deepEqual(remedyFor(root, { kind: 'missing' }), ['apt-get install -y wireshark-common'])
})

test('root in a container, macOS and Windows', () => {
  assert.match(
    remedyFor(alice('debian', { root: true }), { kind: 'container' })[0] ?? '',
    /--cap-add=NET_RAW/,
  )
  const denied = { kind: 'denied', tool: 'tcpdump', path: '/usr/sbin/tcpdump' } as const
  assert.match(remedyFor(alice('macos'), denied).join('\n'), /\/dev\/bpf/)
  assert.match(remedyFor(alice('windows'), { kind: 'missing' }).join('\n'), /Npcap/)
})

test('the family is read from ID, else from ID_LIKE', () => {
  assert.equal(familyOf('NAME="Debian GNU/Linux"\nID=debian\n'), 'debian')
  assert.equal(familyOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), 'debian')
  assert.equal(familyOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), 'fedora')
  assert.equal(familyOf('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n'), 'suse')
  assert.equal(familyOf('ID=nixos\n'), 'linux')
  assert.equal(familyOf(''), 'linux')
})

test('a package is installed by the system’s own command, if it has that package', () => {
  assert.equal(installCommand(alice('arch'), { arch: 'tshark' }), 'sudo pacman -S --noconfirm tshark')
  assert.equal(installCommand(alice('macos'), { macos: 'wireshark' }), 'brew install wireshark')
  assert.equal(installCommand(alice('arch'), { debian: 'tshark' }), undefined)
})
