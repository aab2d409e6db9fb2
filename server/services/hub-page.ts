/**
 * The chat page that the hub serves to browsers: two tabs of it are two clients. Its script is what one would write
 * oneself, and it stands on the page beside what it does.
 */

export const HUB_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Hub chat</title>
<link rel="icon" href="data:,">
<style>
  :root { --ground: light-dark(#fbfaf7, #10141b); --ink: light-dark(#15191f, #eceff4); --quiet: light-dark(#454c56, #b0b8c4); --line: light-dark(#8b8c8b, #5f6a7a); --raised: light-dark(#ece9e2, #1f2631) }
  * { box-sizing: border-box }
  body { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 "IBM Plex Sans", system-ui, sans-serif }
  h1 { margin: 0; font-size: 1.5rem; line-height: 1.25 }
  h2 { margin: 2rem 0 .5rem; font-size: 1rem }
  p { margin: .25rem 0; color: var(--quiet) }
  code, pre { font-family: "IBM Plex Mono", ui-monospace, monospace }
  form { display: flex; gap: .5rem; margin: 1rem 0 }
  input, button { min-height: 2.5rem; padding: 0 .75rem; border: 1px solid var(--line); border-radius: 6px; background: var(--ground); color: var(--ink); font: inherit }
  input { flex: 1; min-width: 0 }
  button { border-color: var(--ink); background: var(--ink); color: var(--ground); font-weight: 600; cursor: pointer }
  :focus-visible { outline: 2px solid var(--ink); outline-offset: 2px }
  ol { min-height: 8rem; margin: 0; padding: 0; list-style: none }
  li { padding: .375rem 0; border-bottom: 1px solid var(--raised); overflow-wrap: anywhere }
  li.aside { color: var(--quiet) }
  pre { font-size: .8rem; overflow: auto; margin: 0; padding: 1rem; border-radius: 6px; background: var(--raised) }
</style>
<h1>You are <code id="me">not connected yet</code></h1>
<p id="how">Open this page in a second tab: that is somebody else.</p>
<form id="say">
  <input id="text" autocomplete="off" maxlength="200" placeholder="Say something to the others" aria-label="Say something to the others">
  <button>Say</button>
</form>
<ol id="heard" aria-live="polite" aria-label="What was said and heard"></ol>
<h2>The script of this page</h2>
<pre tabindex="0" aria-label="The script of this page"><code id="source"></code></pre>
<script src="/socket.io/socket.io.min.js"></script>
<script id="script">
const socket = io()                                // one session, over HTTP first

socket.on('connect', () => {
  me.textContent = short(socket.id)                // the hub gave us this id
})
socket.on('incoming-message', (text, from) => {    // somebody else spoke
  write(short(from) + ' says: ' + text)
})
socket.on('left', (id) => {
  write(short(id) + ' went away', 'aside')
})
socket.on('disconnect', (reason) => {
  write('The connection is gone: ' + reason, 'aside')
})

say.onsubmit = (event) => {
  event.preventDefault()
  socket.emit('speak', text.value)                 // the hub tells all but us
  write('You say: ' + text.value)
  text.value = ''
}

socket.io.engine.on('upgrade', () => {             // the same session, over a WebSocket from now on
  write('Moved over to a WebSocket', 'aside')
})
socket.io.on('ping', () => {                       // every few seconds; the answer goes by itself
  how.textContent = 'The server asked at ' + new Date().toLocaleTimeString() + ': are you still there?'
})
</script>
<script>
const short = (id) => String(id).slice(0, 4)
function write(words, kind = '') {
  const line = document.createElement('li')
  line.className = kind
  line.textContent = words
  heard.append(line)
}
source.textContent = script.textContent.trim()
</script>
</html>
`
