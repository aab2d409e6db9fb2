// Refused, and there again.
const url = `http://127.0.0.1:${process.env.WIRELAB_DOOR_PORT}`

await Promise.all(Array.from({ length: 24 }, (_, tab) => ask(tab)))

async function ask(tab) {
  const response = await fetch(`${url}/news?since=0&tab=${tab}`)
  if (response.status === 503) await fetch(`${url}/news?since=0&tab=${tab}`)
}
