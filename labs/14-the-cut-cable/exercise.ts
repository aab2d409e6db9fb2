// Lab 14: The cut cable. Runs as it is; the wire shows what is missing.
import { io } from 'socket.io-client'

const url = `http://${process.env.WIRELAB_HOST ?? '127.0.0.1'}:${process.env.WIRELAB_DOOR_PORT ?? 4000}`
// Patience for seconds, not for minutes: the lab's outage is short.
const patience = { reconnectionDelay: 100, reconnectionDelayMax: 300, timeout: 1000 }
const options = { transports: ['websocket'], ...patience }

// Step 2: one client of each server.
const plain = io(url, { ...options, path: '/plain/' })
// TODO (step 2): a second client, kept, at the usual path.

// TODO (step 3): every 200 ms a 'note' from each client: a number, from 1 on, and whether it is connected.

plain.on('disconnect', (reason) => console.log('plain:', reason))
plain.on('news', (news) => console.log('news', news))

// TODO (step 6): keep the number of plain's last news. When plain is connected again, emit 'since' with it, and
// await what comes back.

// TODO (step 9): when kept is connected again, emit 'notes' and await the list.

// TODO (step 5): stay. Take this line out, which gives up after two seconds; close both when they have answered.
setTimeout(() => plain.close(), 2000)
