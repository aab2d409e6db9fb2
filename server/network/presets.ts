/**
 * Cables as one meets them. Each direction on its own, delays one way: half of what a round trip was measured at.
 * Queues hold about what such a link is known to buffer. What no measurement is named for is called typical.
 */
import { type Impairments, UNIMPAIRED } from './impairments.ts'

export interface Preset {
  readonly id: string
  readonly name: string
  readonly about: string
  readonly up: Impairments
  readonly down: Impairments
  readonly cut: boolean
}

const MBIT = 1e6
const way = (impairments: Partial<Impairments>): Impairments => ({ ...UNIMPAIRED, ...impairments })

export const PRESETS: readonly Preset[] = [
  {
    id: 'perfect',
    name: 'Perfect cable',
    about: 'No loss, no delay, as fast as this computer goes: what a loopback interface pretends.',
    up: UNIMPAIRED,
    down: UNIMPAIRED,
    cut: false,
  },
  {
    id: 'fibre',
    name: 'Fibre to the home',
    about:
      'A round trip of 14 ms, the median of fixed lines in the USA (Ookla, 2nd quarter of 2021). 1000 Mbit/s down and 500 up, jitter and a loss of 0.01 % are typical.',
    up: way({ rate: 500 * MBIT, delay: 0.007, jitter: 0.0005, loss: 0.0001, limit: 1000 }),
    down: way({ rate: 1000 * MBIT, delay: 0.007, jitter: 0.0005, loss: 0.0001, limit: 1000 }),
    cut: false,
  },
  {
    id: 'cafe-wifi',
    name: 'Café Wi-Fi',
    about:
      'A shared access point: on the wireless hop more than half of the packets waited over 20 ms, one in ten over 100 ms (Pei and others, INFOCOM 2016). The rates, and 1 % lost in bursts of 3, are typical.',
    up: way({ rate: 5 * MBIT, delay: 0.018, jitter: 0.015, loss: 0.01, burst: 3, limit: 200 }),
    down: way({ rate: 20 * MBIT, delay: 0.018, jitter: 0.015, loss: 0.01, burst: 3, limit: 400 }),
    cut: false,
  },
  {
    id: '3g',
    name: '3G (HSPA)',
    about:
      'Well below the 14.4 and 5.76 Mbit/s that HSPA may reach (3GPP TS 25.306, release 6): a shared cell gives typically 2 down and 0.5 up, with a round trip of 130 ms. Radio errors are repaired below IP: hence much jitter, little loss, and a deep queue.',
    up: way({ rate: 0.5 * MBIT, delay: 0.075, jitter: 0.015, loss: 0.002, limit: 100 }),
    down: way({ rate: 2 * MBIT, delay: 0.055, jitter: 0.015, loss: 0.002, limit: 200 }),
    cut: false,
  },
  {
    id: 'geo-satellite',
    name: 'Geostationary satellite',
    about:
      'Light alone takes 239.6 to 279 ms from ground to ground (RFC 2488 §2); services were measured at round trips of 630 ms and more, 19 Mbit/s down and 3 up (Ookla on Viasat and HughesNet, 2nd quarter of 2021). A loss of 0.1 % is typical.',
    up: way({ rate: 3 * MBIT, delay: 0.315, jitter: 0.01, loss: 0.001, limit: 200 }),
    down: way({ rate: 19 * MBIT, delay: 0.315, jitter: 0.01, loss: 0.001, limit: 1000 }),
    cut: false,
  },
  {
    id: 'leo-satellite',
    name: 'Low-orbit satellite',
    about:
      'Starlink: a round trip of 45 ms, 97 Mbit/s down and 14 up (Ookla, 2nd quarter of 2021); 40 to 60 ms in Belgium (Michel and others, IMC 2022). Losses come in bursts as one satellite hands over to the next: 0.5 % in bursts of 5 is typical.',
    up: way({ rate: 14 * MBIT, delay: 0.0225, jitter: 0.004, loss: 0.005, burst: 5, limit: 300 }),
    down: way({ rate: 97 * MBIT, delay: 0.0225, jitter: 0.004, loss: 0.005, burst: 5, limit: 1000 }),
    cut: false,
  },
  {
    id: 'lossy-lan',
    name: 'Lossy LAN',
    about:
      'A bad plug or a mismatched duplex setting on a network in the building, typically: 100 Mbit/s, half a millisecond, and 2 % of the frames gone, 0.1 % damaged.',
    up: way({ rate: 100 * MBIT, delay: 0.0005, loss: 0.02, corrupt: 0.001 }),
    down: way({ rate: 100 * MBIT, delay: 0.0005, loss: 0.02, corrupt: 0.001 }),
    cut: false,
  },
  {
    id: 'cut-cable',
    name: 'Cut cable',
    about: 'Nothing arrives any more, and nobody is told.',
    up: UNIMPAIRED,
    down: UNIMPAIRED,
    cut: true,
  },
]

export const sameImpairments = (a: Impairments, b: Impairments): boolean =>
  a.rate === b.rate &&
  a.delay === b.delay &&
  a.jitter === b.jitter &&
  a.loss === b.loss &&
  a.burst === b.burst &&
  a.duplicate === b.duplicate &&
  a.corrupt === b.corrupt &&
  a.reorder === b.reorder &&
  a.limit === b.limit

/** The preset that these settings are; undefined for any other. */
export const presetOf = (up: Impairments, down: Impairments, cut: boolean): Preset | undefined =>
  PRESETS.find(
    (preset) => preset.cut === cut && sameImpairments(preset.up, up) && sameImpairments(preset.down, down),
  )
