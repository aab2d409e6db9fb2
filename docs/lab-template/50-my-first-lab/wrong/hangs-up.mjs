// Says that it will not ask again, and so has to open a second connection.
const url = `http://127.0.0.1:${process.env.WIRELAB_HUB_PORT}`
const headers = { connection: 'close' }

await (await fetch(`${url}/nowhere`, { headers })).text()
await (await fetch(`${url}/clients`, { headers })).text()
