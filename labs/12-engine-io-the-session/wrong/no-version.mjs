// Asks without saying which version of the protocol it speaks.
const door = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`
console.log(await (await fetch(`${door}/socket.io/?transport=polling`)).text())
