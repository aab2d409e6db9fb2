/**
 * The four clients of lab 15. Each thing is asked for when the server has dealt with the one before.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { HOST, listening, port } from '../kit/cast.ts'
import { heard, settled } from '../kit/clients.ts'

/** Longer than the second that the server waits for votes. */
const VOTE_MS = 3000
/** One thinks before one votes: longer than the millisecond that a server without a timeout waits. */
const THINKS_MS = 100

const url = `http://${HOST}:${port('DOOR')}`

if (await listening()) await play()
else console.error(`Nothing listens on port ${port('LISTEN')}: this lab needs your server there.`)

async function play(): Promise<void> {
  const ann = await enter('ann', ['tea'])
  const bob = await enter('bob', ['tea', 'chess'])
  const cem = await enter('cem', ['chess'])
  const dee = await enter('dee', [])
  const everybody = [ann, bob, cem, dee]

  const ask = async (client: Socket, event: string, ...args: unknown[]) => {
    client.emit(event, ...args)
    await settled(client)
  }
  const question = (client: Socket, event: string, ...args: unknown[]) =>
    client
      .timeout(VOTE_MS)
      .emitWithAck(event, ...args)
      .catch(() => undefined)

  await Promise.race([question(ann, 'roll', 'tea'), pause(300)])
  await Promise.race([question(ann, 'roll', 'chess'), pause(300)])
  await ask(ann, 'say', 'good morning')
  await ask(ann, 'say-in', 'tea', 'it is served')
  await ask(dee, 'say-in', 'tea', 'is there any left?')
  await ask(ann, 'announce', ['tea', 'chess'], 'the house closes at ten')
  await ask(ann, 'surprise', 'chess', 'a cake for those who play')
  await ask(ann, 'whisper', 'dee', 'there is, come in')
  await ask(ann, 'whisper', 'ann', 'do not forget the milk')
  // A client's emit goes to the server, whatever it is called: nobody else hears these.
  await ask(cem, 'said', 'cem', 'can you all hear me?')

  const [cemAtWork, deeAtWork] = await Promise.all([staff(cem), staff(dee)])
  await ask(ann, 'alarm', 'the kettle is on fire')
  for (const client of [cemAtWork, deeAtWork]) client?.disconnect()

  let asked = false
  for (const client of everybody) {
    client.on('asked', (_text, answer) => {
      asked = true
      // Dee hears the question, and never answers.
      if (client !== dee && answer) setTimeout(answer, THINKS_MS, 'yes')
    })
  }
  const votes = question(bob, 'vote', 'shall we open a window?')
  for (const client of everybody) await settled(client)
  if (asked) await votes
  for (const client of everybody) client.disconnect()
}

async function enter(name: string, rooms: readonly string[]): Promise<Socket> {
  const client = io(url, { transports: ['websocket'], reconnection: false, forceNew: true })
  await heard(client, ['connect'])
  client.emit('enter', name, rooms)
  await settled(client)
  return client
}

/** The same client in another namespace, over the same connection; undefined where the server has none. */
async function staff(client: Socket): Promise<Socket | undefined> {
  const other = client.io.socket('/staff')
  await heard(other, ['connect', 'connect_error'])
  return other.connected ? other : undefined
}
