// Ends after the first round.
import { round } from './roads.mjs'

await round()
