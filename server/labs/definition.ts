/** Whether a lab's `check.ts` says all that it has to: whoever writes one is told what is missing, and where. */
import type { LabDefinition } from '../../labs/kit/lab.ts'
import { LabError, messageOf } from '../errors.ts'
import { compileFilter } from '../trace/filter.ts'

const NETWORKS = ['kernel', 'lab']
const DOORS = [undefined, 'http', 'tcp', 'udp']

/** Throws a LabError that names the file, the place in it, what was expected and what was there. */
export function checkDefinition(given: unknown, file: string): asserts given is LabDefinition {
  const at = new Place(file, given)
  const definition = at.object('a lab: export default lab({ … })')
  definition
    .get('number')
    .is('a whole number from 0 to 99', (n) => Number.isInteger(n) && Number(n) >= 0 && Number(n) < 100)
  for (const name of ['title', 'summary']) definition.get(name).text()
  definition.get('minutes').is('a number above 0', (n) => Number(n) > 0)
  definition.get('networks').networks()
  definition
    .get('assumes')
    .list('numbers of labs', (number) => number.is('a number', (n) => typeof n === 'number'))
  const ids = new Set<unknown>()
  definition.get('steps').list('steps', (step) => {
    checkStep(step)
    const id = step.get('id')
    id.is('an id that no other step has', (value) => !ids.has(value))
    step
      .get('cableOf')
      .is('the id of a step before it, or nothing', (other) => other === undefined || ids.has(other))
    ids.add(id.value)
  })
  definition.get('wrongs').list('programs that go wrong, or none', (wrong) => {
    for (const name of ['file', 'says']) wrong.get(name).text()
    wrong.get('step').is(`one of ${[...ids].join(', ')}`, (id) => ids.has(id))
  })
  definition
    .get('door')
    .is("'http', 'tcp' or 'udp', or nothing", (door) => DOORS.some((each) => each === door))
  const cast = definition.get('cast')
  if (cast.value !== undefined) {
    cast.get('program').text()
    cast.get('plays').is("'server' or 'clients'", (plays) => plays === 'server' || plays === 'clients')
  }
}

function checkStep(step: Place): void {
  step.object('a step')
  step.get('id').text()
  step.get('kind').is("'wire' or 'predict'", (kind) => kind === 'wire' || kind === 'predict')
  if (step.get('networks').value !== undefined) step.get('networks').networks()
  if (step.get('kind').value === 'predict') {
    step.get('truth').is('a function of the run', (truth) => typeof truth === 'function')
    return
  }
  step.get('lookedFor').text()
  step.get('beyondPython').is('true, or nothing', (value) => value === undefined || value === true)
  const evidence = step.get('evidence')
  if (Array.isArray(evidence.value)) evidence.list('display filters', (filter) => filter.filter())
  else evidence.filter()
  if (step.get('otherwise').value === undefined) return
  step.get('otherwise').list('near misses', (miss) => {
    miss.get('filter').filter()
    miss.get('says').is('a function of the packet', (says) => typeof says === 'function')
  })
}

/** Somewhere in the definition. */
class Place {
  readonly path: string
  readonly value: unknown

  constructor(path: string, value: unknown) {
    this.path = path
    this.value = value
  }

  get(name: string | number): Place {
    const inner = (this.value as Record<string | number, unknown> | undefined)?.[name]
    return new Place(
      typeof name === 'number' ? `${this.path}[${name}]` : `${this.path}: ${name}`.replace(/(: .*): /, '$1.'),
      inner,
    )
  }

  object(expected: string): this {
    this.is(expected, (value) => typeof value === 'object' && value !== null)
    return this
  }

  text(): void {
    this.is('a text', (value) => typeof value === 'string' && value !== '')
  }

  networks(): void {
    const known = (value: unknown) =>
      Array.isArray(value) && value.length > 0 && value.every((each) => NETWORKS.includes(each))
    this.is("a list of 'lab' and 'kernel', or one of them", known)
  }

  list(expected: string, each: (place: Place) => void): void {
    this.is(`a list of ${expected}`, Array.isArray)
    for (const index of (this.value as unknown[]).keys()) each(this.get(index))
  }

  /** Names of ports stand for numbers, `$ME` for an address. */
  filter(): void {
    this.text()
    try {
      compileFilter(
        String(this.value)
          .replaceAll('$ME', '10.0.0.100')
          .replace(/\$[A-Z]+\d?/g, '1'),
      )
    } catch (error) {
      throw new LabError(`${this.path}: expected a display filter; ${messageOf(error)}`)
    }
  }

  is(expected: string, holds: (value: unknown) => boolean): void {
    if (holds(this.value)) return
    const found = this.value === undefined ? 'nothing' : (JSON.stringify(this.value) ?? typeof this.value)
    throw new LabError(`${this.path}: expected ${expected}; found ${found.slice(0, 60)}`)
  }
}
