// Pings what it is told, one after the other, and says what came of each.
import { ping } from '../../../../server/network/socket/icmp.ts'

for (const argument of process.argv.slice(2)) {
  const [address, options] = argument.split('?')
  try {
    const { ms, ...result } = await ping(address, { timeoutMs: 300, ...JSON.parse(options ?? '{}') })
    console.log(JSON.stringify({ ...result, ...(ms !== undefined && { took: ms >= 0 }) }))
  } catch (error) {
    console.log(error.code)
  }
}
