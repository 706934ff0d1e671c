import type { RunLock } from '../dialect/port.ts'
import type { Writer } from '../dialect/session.ts'
import type { Recorder } from '../journal/record.ts'
import type { World } from './gather.ts'

/** What a run has while it holds the lock. */
export interface LockedRun {
  readonly writer: Writer
  readonly lock: RunLock
  readonly world: World
  readonly recorder: Recorder
}
