/** A browser writes its screenshots quickly, not small: the same picture without filters packs better when it is flat. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex')

/** The same pixels, without an alpha channel; 8 bits a sample, not interlaced (PNG §9.2, filter type 0). */
export function smallerPng(png) {
  const { header, data } = chunksOf(png)
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const from = header[9] === 6 ? 4 : 3
  const pixels = unfilter(inflateSync(data), width * from, height, from)
  const flat = Buffer.alloc(height * (width * 3 + 1))
  for (let y = 0, to = 0; y < height; y++) {
    to++
    for (let x = 0; x < width; x++)
      for (let k = 0; k < 3; k++) flat[to++] = pixels[(y * width + x) * from + k]
  }
  const rgb = Buffer.from(header)
  rgb[9] = 2
  const packed = deflateSync(flat, { level: 9, memLevel: 9 })
  return Buffer.concat([SIGNATURE, chunk('IHDR', rgb), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))])
}

function chunksOf(png) {
  const data = []
  let header
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const body = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') header = body
    if (type === 'IDAT') data.push(body)
    at += 12 + length
  }
  return { header, data: Buffer.concat(data) }
}

/** Takes back what PNG §9.2 did to each line: a byte is told from those left of it, above it, and both. */
function unfilter(lines, stride, height, step) {
  const out = Buffer.alloc(height * stride)
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)]
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x >= step ? out[at - step] : 0
      const up = y > 0 ? out[at - stride] : 0
      const corner = x >= step && y > 0 ? out[at - stride - step] : 0
      out[at] = lines[y * (stride + 1) + 1 + x] + predicted(filter, left, up, corner)
    }
  }
  return out
}

function predicted(filter, left, up, corner) {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(left + up - corner - value))
  return a <= b && a <= c ? left : b <= c ? up : corner
}

function chunk(type, body) {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}
