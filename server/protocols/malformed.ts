/** Not a protocol: where dissection stopped, and why (Wireshark's `_ws.malformed`). */
import { text } from './field.ts'
import { protocol } from './protocol.ts'

export const malformed = protocol({
  id: '_ws.malformed',
  name: 'Malformed or cut packet',
  osi: 0,
  unit: 'note',
  spec: 'none',
  about: 'Dissection stopped here: the layers above are good, the bytes from here on could not be read.',
  fields: {
    '=_ws.malformed.message': text('Problem', { about: 'What was expected, where, and what was there.' }),
  },
  dissect: () => undefined,
})
