/** Hands a file made on the page to the browser, which saves it as it saves all. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.download = name
  link.href = URL.createObjectURL(content)
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
