import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChosenFates } from '../../server/network/chosen-fates.ts'
import { SimulatedClock } from '../../server/network/clock.ts'
import { LabNetwork } from '../../server/network/lab-network.ts'
import { segment } from './lab-frames.ts'

const network = () => new LabNetwork({ clock: new SimulatedClock(), seed: 1 })
const isCut = (lab: LabNetwork) => lab.describe().cables.find(({ name }) => name === 'server')!.cut

test('what is held lies on the user’s settings, and letting go brings those back', () => {
  const lab = network()
  lab.patch({ up: { loss: '5%', delay: '20ms' }, choose: [{ nth: 40 }] })
  const before = lab.describe()
  lab.hold('lab 3', { up: { loss: 0, rate: '1mbit' }, cut: ['server'], choose: [{ match: 'ack' }] })
  assert.deepEqual(
    {
      loss: lab.impairments('up').loss,
      delay: lab.impairments('up').delay,
      rate: lab.impairments('up').rate,
    },
    { loss: 0, delay: 0.02, rate: 1_000_000 },
  )
  assert.equal(isCut(lab), true)
  assert.equal(lab.describe().chosen.length, 2)
  lab.letGo('lab 3')
  assert.deepEqual(lab.describe(), before)
  lab.letGo('lab 3')
  assert.deepEqual(lab.describe(), before)
})

test('a cable that the user had cut stays cut when a lab lets it go, and one that a lab needs is in meanwhile', () => {
  const lab = network()
  lab.patch({ cut: ['server'] })
  lab.hold('lab 3', { plugIn: ['server'] })
  assert.equal(isCut(lab), false)
  lab.letGo('lab 3')
  assert.equal(isCut(lab), true)
})

test('holding again takes the place of what was held', () => {
  const lab = network()
  lab.hold('lab 3', { cut: ['server'], choose: [{}] })
  lab.hold('lab 3', { down: { delay: '1s' } })
  assert.equal(isCut(lab), false)
  assert.deepEqual(lab.describe().chosen, [])
  assert.equal(lab.impairments('down').delay, 1)
})

test('what the user sets meanwhile is the user’s, and holds', () => {
  const lab = network()
  lab.hold('lab 3', { cut: ['server'], up: { loss: 1 } })
  lab.patch({ plugIn: ['server'] })
  assert.equal(isCut(lab), false)
  lab.patch({ up: { loss: '1%' } })
  assert.equal(lab.impairments('up').loss, 0.01)
  lab.letGo('lab 3')
  assert.equal(lab.impairments('up').loss, 0.01)
})

test('undoing goes back in the user’s own steps, and neither brings back nor takes away what a lab holds', () => {
  const lab = network()
  lab.patch({ up: { loss: '5%' } })
  lab.hold('lab 3', { cut: ['server'], choose: [{}] })
  lab.patch({ undo: true })
  assert.equal(lab.impairments('up').loss, 0)
  assert.equal(isCut(lab), true)
  assert.equal(lab.describe().chosen.length, 1)
  lab.letGo('lab 3')
  assert.equal(lab.describe().undo, null)
  assert.equal(isCut(lab), false)
  assert.deepEqual(lab.describe().chosen, [])
})

test('a value that can’t be is refused, and what was held stays', () => {
  const lab = network()
  lab.hold('lab 3', { cut: ['server'] })
  assert.throws(() => lab.hold('lab 3', { cut: ['sever'] }), /the name of a cable/)
  assert.throws(() => lab.hold('lab 3', { choose: [{ ports: [] }] }), /ports of servers/)
  assert.equal(isCut(lab), true)
})

test('a choice for some servers’ ports meets no other conversation, either way', () => {
  const meets = (clientSends: boolean, ports: number[], sourcePort: number, destinationPort: number) => {
    const fates = new ChosenFates(clientSends)
    const any = { match: 'any', flow: 'any', nth: 1, count: 1, fate: 'lost', delay: 0 } as const
    fates.add(1, { ...any, ports })
    return fates.judge(segment({ flags: 'A', sourcePort, destinationPort, payload: 1 })) !== undefined
  }
  assert.equal(meets(true, [4001], 50_000, 4001), true)
  assert.equal(meets(true, [4001], 4001, 4003), false)
  assert.equal(meets(false, [4001], 4001, 50_000), true)
  assert.equal(meets(false, [4001], 4003, 4001), false)
})
