import { on } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, MigrateError } from '@fossawork/migrate'
import { printable } from '../directory/printable.ts'
import type { PreparedStep } from './prepare-steps.ts'
import type { Asking, Preparing } from './preparing.ts'

/** What the thread says. */
export type ToMain =
  /** Steps as JSON: between threads a text costs a third of what so many objects do. */
  | { readonly type: 'steps'; readonly json: string }
  | { readonly type: 'workOrdersOf'; readonly userId: string }
  /** A file of more than 1 MB comes next. */
  | { readonly type: 'reading'; readonly path: string }
  | { readonly type: 'done' }
  | {
      readonly type: 'failed'
      readonly error: { readonly code: ErrorCode; readonly message: string; readonly hint?: string }
    }

/** What it is told. */
export type FromMain =
  | { readonly type: 'next' }
  | { readonly type: 'workOrders'; readonly userId: string; readonly ids: ReadonlySet<string> }

/** In MB. V8 keeps garbage for as long as it may; the largest file that is read whole needs less. */
const HEAP = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 }

/**
 * Prepares records in another thread, while this one writes: SQLite works in the thread that asks it. Errors are those
 * of `prepareRecords`.
 */
export async function* prepareInThread(
  preparing: Preparing,
  { signal, workOrdersOf }: Asking,
): AsyncGenerator<readonly PreparedStep[]> {
  const module = new URL(`./prepare-worker${extname(import.meta.filename)}`, import.meta.url)
  // options of this process, --eval among them, are not the thread's
  const worker = new Worker(module, {
    workerData: preparing,
    execArgv: [],
    resourceLimits: HEAP,
  })
  let reading = ''
  const answer = (message: FromMain): void => worker.postMessage(message)
  try {
    // an error in the thread ends the loop too
    for await (const [message] of on(worker, 'message', { signal, close: ['exit'] })) {
      const told = message as ToMain
      if (told.type === 'steps') {
        yield JSON.parse(told.json) as PreparedStep[]
        answer({ type: 'next' })
      } else if (told.type === 'workOrdersOf') {
        const { userId } = told
        answer({ type: 'workOrders', userId, ids: await workOrdersOf(userId) })
      } else if (told.type === 'reading') reading = told.path
      else if (told.type === 'failed') {
        const { code, ...details } = told.error
        throw new MigrateError(code, details)
      } else return
    }
    throw new MigrateError('INTERNAL', { message: 'The thread that reads V1 ended early.' })
  } catch (thrown) {
    throw isOutOfMemory(thrown) ? outOfMemory(reading, thrown) : thrown
  } finally {
    await worker.terminate()
  }
}

const isOutOfMemory = (thrown: unknown): boolean =>
  (thrown as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'

const outOfMemory = (file: string, cause: unknown): MigrateError =>
  new MigrateError('INTERNAL', {
    message: `Memory did not do for ${file === '' ? 'V1' : `V1's ${printable(file)}`}: more than ${HEAP.maxOldGenerationSizeMb} MB were needed.`,
    hint: 'Move that file out of the directory, then run the import again: it goes on where it ended.',
    cause,
  })
