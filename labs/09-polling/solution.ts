// Lab 09: Polling, solved.
import { setTimeout as pause } from 'node:timers/promises'

const host = process.env.WIRELAB_HOST ?? '127.0.0.1'
const url = `http://${host}:${process.env.WIRELAB_DOOR_PORT}`

// The number of the last piece of news that we have.
let since = 0

// Asks for what is newer; `more` goes behind it in the query. Returns how many pieces came.
async function askForNews(more = '') {
  const response = await fetch(`${url}/news?since=${since}${more}`)
  const news = response.status === 200 ? await response.json() : []
  for (const { id, text } of news) {
    console.log(id, text)
    since = id
  }
  return news.length
}

// Step 1: nag, until three pieces have come, and five answers were empty.
for (let heard = 0, empty = 0; heard < 3 || empty < 5; ) {
  const pieces = await askForNews()
  heard += pieces
  if (pieces === 0) empty++
  await pause(50)
}

// Step 4: two dozen tabs have the page open, and all ask at the same moment.
const tabs = Array.from({ length: 24 }, (_, tab) => fetch(`${url}/news?since=${since}&tab=${tab}`))
const answers = await Promise.all(tabs)
console.log(answers.map((answer) => answer.status).join(' '))

// Step 6: one that was refused waits as long as the server wants, and asks again.
const tab = answers.findIndex((answer) => answer.status === 503)
const seconds = Number(answers[tab]?.headers.get('retry-after') ?? 0)
await pause(seconds * 1000 + 100)
await askForNews(`&tab=${tab}`)

// Step 7: ask once, and let the server answer when there is something to say. What has piled up comes first, and at once.
await askForNews('&wait=10')
for (let heard = 0; heard < 3; ) heard += await askForNews('&wait=10')

// Step 9: nothing came: that is an answer too, and one asks again.
for (let times = 0; times < 2; times++) {
  const response = await fetch(`${url}/quiet?wait=0.3`)
  console.log(response.status, response.statusText)
}
