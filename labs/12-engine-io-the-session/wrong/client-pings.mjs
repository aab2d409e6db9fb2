// Pings the server, which wants to do that itself.
const polling = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}/socket.io/?EIO=4&transport=polling`
const open = await (await fetch(polling)).text()
const session = `${polling}&sid=${JSON.parse(open.slice(1)).sid}`
await fetch(session, { method: 'POST', body: '2' })
console.log(await (await fetch(session)).text())
