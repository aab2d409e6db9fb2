/**
 * Two vendors and a driver, satellites of the learner's hub: clients, each a world of its own. The driver leaves while
 * orders come in, comes back, crashes with one of them unconfirmed, and comes back again.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { io, type Socket } from 'socket.io-client'
import { HOST, listening, port } from '../kit/cast.ts'
import { heard, settled } from '../kit/clients.ts'

const url = `http://${HOST}:${port('DOOR')}`

const A1 = { id: 'a1', store: 'acme', to: '12 Mill Lane' }
const F1 = { id: 'f1', store: 'flora', to: '3 Church Street' }
const A2 = { id: 'a2', store: 'acme', to: '7 Station Road' }
const A3 = { id: 'a3', store: 'acme', to: '40 Castle Hill' }

if (await listening()) await play()
else console.error(`Nothing listens on port ${port('LISTEN')}: this lab needs your hub there.`)

async function play(): Promise<void> {
  // The dispatcher opens its page when the hub has let it in: from then on it misses nothing.
  await listening(port('LISTEN2'))
  const acme = await satellite('/vendor', 'acme')
  const flora = await satellite('/vendor', 'flora')
  const dora = await satellite('/driver', 'dora')

  await tell(acme, 'pickup', A1)
  await drive(dora, A1)
  await tell(flora, 'pickup', F1)
  await drive(dora, F1)
  await readBoard()

  dora.disconnect()
  await settled(acme)
  await tell(acme, 'pickup', A2)
  await tell(acme, 'pickup', A3)

  const back = await satellite('/driver', 'dora')
  await tell(back, 'catch-up')
  await tell(back, 'received', A2.id)
  crash(back)

  const again = await satellite('/driver', 'dora')
  await tell(again, 'catch-up')
  await tell(again, 'received', A3.id)
  await tell(again, 'catch-up')
  for (const client of [again, acme, flora]) client.disconnect()
}

/** One parcel, from the driver's side. */
async function drive(driver: Socket, order: typeof A1): Promise<void> {
  await tell(driver, 'received', order.id)
  await tell(driver, 'in-transit', order)
  await tell(driver, 'delivered', order)
}

async function satellite(namespace: string, name: string): Promise<Socket> {
  const client = io(url + namespace, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth: { name },
  })
  await heard(client, ['connect', 'connect_error'])
  return client
}

/** Says something, if the hub has let it in, and waits until the hub has dealt with it. */
async function tell(client: Socket, event: string, ...args: unknown[]): Promise<void> {
  if (!client.connected) return
  client.emit(event, ...args)
  await settled(client)
}

/** Ends the client's TCP connection beneath Socket.IO's feet. */
function crash(client: Socket): void {
  const transport: { ws?: { terminate?(): void } } = (client.io.engine?.transport ?? {}) as object
  transport.ws?.terminate?.()
}

/** Asks the dispatcher, until its board has both parcels as delivered or it was asked often enough. */
async function readBoard(): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const text = await board()
    if (text === undefined || (text.match(/delivered/g)?.length ?? 0) >= 2) return
    await pause(100)
  }
}

/** Undefined where nobody answers. */
async function board(): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${HOST}:${port('DOOR2')}/board`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(3000),
    })
    return await response.text()
  } catch {
    return undefined
  }
}
