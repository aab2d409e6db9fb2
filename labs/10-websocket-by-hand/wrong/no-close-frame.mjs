// TCP is closed, but WebSocket isn't: no frame answers the client's.
import { serve } from './parts/server.mjs'

serve({ onClose: (socket) => socket.end() })
