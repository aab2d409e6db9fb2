// Only the first node has an adapter.
import { createAdapter } from '@socket.io/redis-streams-adapter'
import { Redis } from 'ioredis'
import { bySession, openSite, REDIS, speak, visitor } from './site.mjs'

const redis = new Redis(REDIS)
await redis.ping()
const site = await openSite(bySession, [createAdapter(redis)])
const ann = await visitor('ann')
const bob = await visitor('bob')
await speak(ann, bob, 'good evening')
ann.close()
bob.close()
await site.close()
process.exit()
