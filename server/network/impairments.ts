/** What a cable does to frames in one direction: netem's names and meanings (tc-netem(8)). */
export interface Impairments {
  /** Bits a second, preamble and gap included; 0 for as fast as it goes. */
  readonly rate: number
  /** Seconds. */
  readonly delay: number
  /** Standard deviation of the delay, seconds. A frame never overtakes another because of it unless `reorder` is set. */
  readonly jitter: number
  /** Share of frames, 0 to 1; so are all that follow but `limit`. */
  readonly loss: number
  /**
   * Losses in bursts (Gilbert and Elliott): mean length of a burst in frames, `loss` staying the share of all.
   * 0 or 1 for losses that know nothing of each other.
   */
  readonly burst: number
  readonly duplicate: number
  /** Share of IPv4 frames with one bit turned over behind the Ethernet header. */
  readonly corrupt: number
  /** Share of frames that leave at once, past those that wait for their delay. */
  readonly reorder: number
  /** Frames that may wait for the rate; one more is dropped. */
  readonly limit: number
}

export const UNIMPAIRED: Impairments = {
  rate: 0,
  delay: 0,
  jitter: 0,
  loss: 0,
  burst: 0,
  duplicate: 0,
  corrupt: 0,
  reorder: 0,
  limit: 1000,
}
