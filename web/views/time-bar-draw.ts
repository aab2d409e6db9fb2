/** Draws the bar's picture of all that is stored onto a canvas; the colours are the styles' custom properties. */
import type { TimeBarLayout } from './time-bar-layout.ts'

/** What does not match the filter is there, but faint. */
const FAINT = 0.25
const TROUBLE_PX = 3

/** `until`: px from which on everything is later than the time that the page shows. */
export function drawTimeBar(canvas: HTMLCanvasElement, layout: TimeBarLayout, until: number): void {
  const { width, height } = layout
  const scale = devicePixelRatio
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale)
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale)
  const pen = canvas.getContext('2d')
  if (pen === null) return
  const style = getComputedStyle(canvas)
  const color = (name: string) => style.getPropertyValue(name)
  const layers = Array.from({ length: 8 }, (_, osi) => color(osi === 0 ? '--text-3' : `--layer-${osi}`))
  pen.setTransform(scale, 0, 0, scale, 0, 0)
  pen.clearRect(0, 0, width, height)
  pen.fillStyle = color('--line-1')
  pen.fillRect(0, height - 1, width, 1)
  for (const bar of layout.bars) {
    const later = bar.x >= until ? 0.5 : 1
    const wide = Math.max(1, bar.width - (bar.width > 3 ? 1 : 0))
    pen.fillStyle = layers[bar.osi] ?? ''
    pen.globalAlpha = FAINT * later
    pen.fillRect(bar.x, height - bar.height, wide, bar.height)
    pen.globalAlpha = later
    pen.fillRect(bar.x, height - bar.matched, wide, bar.matched)
    if (!bar.trouble) continue
    pen.fillStyle = color('--alert')
    pen.fillRect(bar.x + wide / 2 - TROUBLE_PX / 2, 0, TROUBLE_PX, TROUBLE_PX)
  }
  pen.globalAlpha = 1
  pen.strokeStyle = color('--text-3')
  pen.lineWidth = 1
  pen.setLineDash([2, 3])
  for (const { x } of layout.silences) {
    pen.beginPath()
    pen.moveTo(Math.round(x) + 0.5, 3)
    pen.lineTo(Math.round(x) + 0.5, height - 2)
    pen.stroke()
  }
  pen.setLineDash([])
}
