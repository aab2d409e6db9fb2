// Lab 16: Satellites and a hub. Runs as it is; the wire shows what is missing.
import http from 'node:http'
import { Server } from 'socket.io'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// The hub: it knows events and namespaces, and nothing of parcels.
const web = http.createServer()
const hub = new Server(web)
const vendors = hub.of('/vendor')
// TODO (step 2): namespaces for the drivers and for the dispatcher.

/** Orders that no driver has confirmed, by their id, in the order in which they came. */
const waiting = new Map()

vendors.on('connection', (vendor) => {
  console.log('a vendor:', vendor.handshake.auth.name)
  // TODO (step 6): a room for each vendor, by its name.
  vendor.on('pickup', (order) => {
    console.log('to be fetched:', order, 'waiting:', waiting.size)
    // TODO (step 5): tell the drivers and the dispatcher.
    // TODO (step 9): keep the order in waiting.
  })
})

// TODO (step 6): when a driver says 'in-transit' or 'delivered', tell the order's vendor and the dispatcher.
// TODO (step 9): when a driver says 'catch-up', send it each order that is waiting, as 'pickup'.
// TODO (step 9): when a driver says 'received' (id), the order is no longer waiting.

web.listen(port('LISTEN'), host, openDispatcher)

/** The dispatcher: a client of the hub, and a server for whoever wants to see the board. */
function openDispatcher() {
  const board = new Map()
  console.log(`the hub is at ${host}:${port('DOOR')}`)
  // TODO (step 3): import Socket.IO's client as connect, and connect to the hub's namespace: connect(`http://…/dispatch`, …).
  // TODO (step 7): for each of the three events note it in board, by the order's id.
  const page = http.createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(Object.fromEntries(board)))
  })
  // TODO (step 3): not here already, but when the client is connected.
  page.listen(port('LISTEN2'), host)
}
