import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { MigrateError } from '@fossawork/migrate'
import type { FromMain, ToMain } from './prepare-in-thread.ts'
import { type Preparing, prepareRecords } from './preparing.ts'

/** Chunks that may be under way: one is written while the next one is made. */
const AHEAD = 4

const port = parentPort
if (!port) throw new Error('This module is the beginning of a thread')
const tell = (message: ToMain): void => port.postMessage(message)

let credit = AHEAD
const asked = new Map<string, (ids: ReadonlySet<string>) => void>()
port.on('message', (message: FromMain) => {
  if (message.type === 'next') credit++
  else asked.get(message.userId)?.(message.ids)
})

const asking = {
  // the thread is ended from outside
  signal: new AbortController().signal,
  workOrdersOf: (userId: string) =>
    new Promise<ReadonlySet<string>>((resolve) => {
      asked.set(userId, resolve)
      tell({ type: 'workOrdersOf', userId })
    }),
  onReading: (path: string) => tell({ type: 'reading', path }),
}

try {
  for await (const steps of prepareRecords(workerData as Preparing, asking)) {
    while (credit === 0) await once(port, 'message')
    credit--
    tell({ type: 'steps', json: JSON.stringify(steps) })
  }
  tell({ type: 'done' })
} catch (thrown) {
  tell({ type: 'failed', error: told(thrown) })
}
port.close()

/** An error keeps nothing but its text on the way to another thread. */
function told(thrown: unknown): Extract<ToMain, { type: 'failed' }>['error'] {
  if (thrown instanceof MigrateError) {
    const { code, message, hint } = thrown
    return { code, message, hint }
  }
  return { code: 'INTERNAL', message: thrown instanceof Error ? thrown.message : String(thrown) }
}
