import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MigrateError } from '../../../errors.ts'
import { assertGoesOn } from './goes-on.ts'
import type { JOBS } from './jobs.ts'

type Jobs = typeof JOBS

/** What a worker answers. */
export type Answer<T> = { readonly value: T } | { readonly failed: Failure }

/** An error as a plain value: MigrateErrors have a `code`, SQLite's an `errcode`. */
export type Failure =
  | ReturnType<MigrateError['toJSON']>
  | { readonly message: string; readonly errcode: number | undefined }

/**
 * Runs a job that keeps its thread busy for long in another one. An abort ends it between two statements and throws
 * INTERRUPTED; until then, the files that it works on are in use.
 */
export async function inBackground<Name extends keyof Jobs>(
  name: Name,
  args: Parameters<Jobs[Name]>,
  signal: AbortSignal,
): Promise<Awaited<ReturnType<Jobs[Name]>>> {
  assertGoesOn(signal)
  // the built file ends in .js, as this one then does
  const file = new URL(`./background-worker${extname(import.meta.filename)}`, import.meta.url)
  // options of this process, --eval among them, are not the worker's
  const worker = new Worker(file, { workerData: { name, args }, execArgv: [] })
  const abort = (): void => {
    worker.terminate()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    const answer = await answerOf<Awaited<ReturnType<Jobs[Name]>>>(worker)
    assertGoesOn(signal)
    if (answer && 'value' in answer) return answer.value
    throw asError(answer?.failed)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Null where the worker ended without one. */
const answerOf = <T>(worker: Worker): Promise<Answer<T> | null> =>
  new Promise((resolve, reject) => {
    let answer: Answer<T> | null = null
    worker.on('message', (message: Answer<T>) => {
      answer = message
    })
    worker.on('error', reject)
    worker.on('exit', () => resolve(answer))
  })

function asError(failed: Failure | undefined): Error {
  if (!failed) return new MigrateError('INTERNAL', { message: 'A worker thread ended early.' })
  if ('code' in failed) return new MigrateError(failed.code, failed)
  return Object.assign(new Error(failed.message), { errcode: failed.errcode })
}
