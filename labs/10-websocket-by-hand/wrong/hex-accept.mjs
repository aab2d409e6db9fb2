// The digest's 40 hex digits in base64, instead of its 20 bytes.
import { digestOf, serve } from './parts/server.mjs'

serve({ accept: (key) => Buffer.from(digestOf(key).digest('hex')).toString('base64') })
