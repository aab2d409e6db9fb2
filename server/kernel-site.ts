/** Services at this computer's own addresses: programs reach them directly. */
import { kernelDialler } from './compare/dialler.ts'
import { NetworkError } from './errors.ts'
import { freePort } from './ports.ts'
import { kernelGround } from './services/kernel-ground.ts'
import type { Site } from './site.ts'

export const kernelSite: Site = {
  async stand({ hosts, port }, start) {
    const service = await start({ ground: kernelGround(hosts), port })
    return { service, port: service.port, lab: null, close: () => service.close() }
  },
  async runPorts(hosts) {
    const [LISTEN, CLOSED] = [await freePort(hosts), await freePort(hosts)]
    return { LISTEN, DOOR: LISTEN, CLOSED, close: async () => undefined }
  },
  visit: () => ({ dial: kernelDialler, leave: () => undefined }),
  hold() {
    throw new NetworkError('there is no cable: start with --network lab', 'no-lab-network')
  },
  letGo: () => undefined,
  close: async () => undefined,
}
