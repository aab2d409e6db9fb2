// Three questions, one behind the other.
const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`

for (let i = 0; i < 3; i++) await (await fetch(`${url}/news?since=0`)).json()
