// Nothing came, so nothing will.
const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`

await fetch(`${url}/quiet?wait=0.2`)
