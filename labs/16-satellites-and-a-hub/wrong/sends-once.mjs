// Goes wrong in step 11: what was sent is taken for received.
import http from 'node:http'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const port = (name) => Number(process.env[`WIRELAB_${name}_PORT`])

// The hub: it knows events and namespaces, and nothing of parcels.
const web = http.createServer()
const hub = new Server(web)
const vendors = hub.of('/vendor')
const drivers = hub.of('/driver')
const dispatch = hub.of('/dispatch')

/** Orders that no driver has confirmed, by their id, in the order in which they came. */
const waiting = new Map()

vendors.on('connection', (vendor) => {
  vendor.join(vendor.handshake.auth.name)
  vendor.on('pickup', (order) => {
    waiting.set(order.id, order)
    drivers.emit('pickup', order)
    dispatch.emit('pickup', order)
  })
})

drivers.on('connection', (driver) => {
  for (const event of ['in-transit', 'delivered']) {
    driver.on(event, (order) => {
      vendors.to(order.store).emit(event, order)
      dispatch.emit(event, order)
    })
  }
  driver.on('received', (id) => waiting.delete(id))
  driver.on('catch-up', () => {
    for (const order of waiting.values()) driver.emit('pickup', order)
    waiting.clear()
  })
})

web.listen(port('LISTEN'), host, openDispatcher)

/** The dispatcher: a client of the hub, and a server for whoever wants to see the board. */
function openDispatcher() {
  const board = new Map()
  const socket = connect(`http://${host}:${port('DOOR')}/dispatch`, { transports: ['websocket'] })
  for (const event of ['pickup', 'in-transit', 'delivered']) {
    socket.on(event, (order) => board.set(order.id, event))
  }
  const page = http.createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify(Object.fromEntries(board)))
  })
  socket.once('connect', () => page.listen(port('LISTEN2'), host))
}
