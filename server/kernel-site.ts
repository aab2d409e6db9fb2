/** Services at this computer's own addresses: programs reach them directly. */
import { kernelDialler } from './compare/dialler.ts'
import { NetworkError } from './errors.ts'
import { freeForBoth, giveBack } from './ports.ts'
import { kernelGround } from './services/kernel-ground.ts'
import { placeNames, type Site } from './site.ts'

export const kernelSite: Site = {
  async stand({ hosts, port }, start) {
    const service = await start({ ground: kernelGround(hosts), port })
    return { service, port: service.port, lab: null, close: () => service.close() }
  },
  async runPorts(hosts, places) {
    const ports: Record<string, number> = {}
    for (let nth = 1; nth <= places; nth++) {
      const { listen, door } = placeNames(nth)
      ports[listen] = ports[door] = await freeForBoth(hosts)
    }
    ports.CLOSED = await freeForBoth(hosts)
    return { ports, close: async () => giveBack(Object.values(ports)) }
  },
  visit: () => ({ dial: kernelDialler, leave: () => undefined }),
  hold() {
    throw new NetworkError('there is no cable: start with --network lab', 'no-lab-network')
  },
  letGo: () => undefined,
  close: async () => undefined,
}
