// Lab 09: Polling. Runs as it is; the wire shows what is missing.
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

// TODO (step 1): nag: twenty times a second, until three pieces of news have come, and five answers were empty.
await askForNews()
await pause(500)
await askForNews()

// TODO (step 4): two dozen tabs ask at the same moment: `${url}/news?since=${since}&tab=…` with fetch, all at once.

// TODO (step 6): a tab that was refused waits as many seconds as its Retry-After says, and asks again: `&tab=…`

// TODO (step 7): with '&wait=10' the server answers when there is something to say, and not before.
// Ask so, and ask again when the answer has come, until three pieces have come that were not there when you asked.

// TODO (step 9): fetch `${url}/quiet?wait=0.3`, where nothing ever happens, and ask again when the answer has come.
