// Asks the first router, and leaves it at that.
import { ping } from 'wirelab/icmp'

console.log(await ping('10.0.0.1', { ttl: 1 }))
