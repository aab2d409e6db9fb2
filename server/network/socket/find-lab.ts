/** Which lab a program joins, and as what: the environment's word, else the one lab that runs on this machine. */
import { basename } from 'node:path'
import { instancesFolder, listInstances } from '../../instances.ts'
import type { Use } from './attachment.ts'
import { socketError } from './socket-error.ts'

/** The local socket to join by. Rejects with a sentence that says what to do. */
export async function findLab(env: NodeJS.ProcessEnv): Promise<string> {
  if (env.WIRELAB_JOIN) return env.WIRELAB_JOIN
  const instances = await listInstances(instancesFolder(env))
  const labs = instances.flatMap(({ join, url }) => (join === undefined ? [] : [{ join, url }]))
  const [lab] = labs
  if (lab === undefined) {
    const [other] = instances
    throw netDown(
      other === undefined
        ? 'no lab is running: start one with "npm start", or set WIRELAB_JOIN to the local socket of one'
        : `the lab at ${other.url} has no lab network: start it with --network lab`,
    )
  }
  if (labs.length > 1) {
    const list = labs.map(({ join, url }) => `\n  WIRELAB_JOIN=${join}   (${url})`)
    throw netDown(`several labs are running, say which one:${list.join('')}`)
  }
  return lab.join
}

/** WIRELAB_ROLE if it is set, else what the first use of the network makes of the program. */
export function roleOf(env: NodeJS.ProcessEnv, use: Use): Use {
  const role = env.WIRELAB_ROLE
  if (role === undefined || role === '') return use
  if (role === 'client' || role === 'server') return role
  throw netDown(`WIRELAB_ROLE: expected client or server, found ${JSON.stringify(role)}`)
}

/** What the map calls the program: WIRELAB_NAME, else its file. */
export function nameOf(env: NodeJS.ProcessEnv, file: string | undefined): string {
  return env.WIRELAB_NAME || (file === undefined ? 'node' : basename(file))
}

/** Sockets of a program whose network is not there. */
export const netDown = (because: string) => socketError('ENETDOWN', 'join', undefined, because)
