// Always lets its packets live long enough, looks for nobody in the wrong network, and for another way too early.
import { ping } from 'wirelab/icmp'

console.log(await ping('10.0.0.1'))
console.log(await ping('10.0.0.77', { timeoutMs: 300 }))
console.log(await ping('10.0.0.1', { ttl: 64 }))
