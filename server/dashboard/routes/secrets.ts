/** Secrets of TLS sessions for a capture that is looked at: a key log, as programs write it with SSLKEYLOGFILE. */
import { Type } from 'typebox'
import { RequestError } from '../../errors.ts'
import type { SecretsTaken } from '../api-captures.ts'
import type { App, Dependencies } from '../app.ts'
import { notFound } from '../refusals.ts'

/** Some 20,000 secrets. */
const MAX_KEY_LOG = 4 * 1024 * 1024

export function secretRoutes(api: App, { captures }: Dependencies): void {
  const Params = Type.Object({ id: Type.String({ maxLength: 20 }) }, { additionalProperties: false })
  const options = { schema: { params: Params }, bodyLimit: MAX_KEY_LOG }
  api.post('/captures/:id/secrets', options, async (request): Promise<SecretsTaken> => {
    const { id } = request.params
    const trace = captures.get(id)
    if (trace === undefined) throw notFound(`no capture ${JSON.stringify(id)} is open`)
    if (typeof request.body !== 'string') {
      const message = 'send the key log as text/plain, lines such as CLIENT_RANDOM 5d… 8c…'
      throw new RequestError(400, { code: 'bad-request', message })
    }
    const { secrets } = trace
    const before = { size: secrets.size, malformed: secrets.malformed }
    secrets.add(request.body)
    // The live capture goes on, and so does one that is being read: there the sessions that come now are opened.
    const whole = captures.list().some((capture) => capture.id === id && capture.state === 'ready')
    const again = whole && secrets.late
    if (again) await trace.readAgain()
    return { added: secrets.size - before.size, malformed: secrets.malformed - before.malformed, again }
  })
}
