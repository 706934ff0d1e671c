import { checkpoint } from './checkpoint.ts'
import { inspect } from './inspect.ts'
import { resize } from './resize.ts'

/** What may run in a thread of its own: plain values in and out. */
export const JOBS = { checkpoint, inspect, resize }
