// Posts its CONNECT and never polls for the answer; then asks with a sid of its own invention.
const polling = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}/socket.io/?EIO=4&transport=polling`
const open = await (await fetch(polling)).text()
const { sid } = JSON.parse(open.slice(1))
console.log(await (await fetch(`${polling}&sid=${sid}`, { method: 'POST', body: '40' })).text())
console.log(await (await fetch(`${polling}&sid=mine`)).text())
