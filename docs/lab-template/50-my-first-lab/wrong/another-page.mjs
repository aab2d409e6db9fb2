// Asks for a page that is there.
const page = await fetch(`http://127.0.0.1:${process.env.WIRELAB_HUB_PORT}/clients`)
await page.text()
