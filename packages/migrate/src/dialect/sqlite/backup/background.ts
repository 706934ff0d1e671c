import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { MigrateError } from '../../../errors.ts'
import { type Answer, resultOf } from './answer.ts'
import { assertGoesOn } from './goes-on.ts'
import type { JOBS } from './jobs.ts'

type Jobs = typeof JOBS

/** SQLite's memory is its own; the jobs' JavaScript needs little of the heap that V8 would give a thread. In MB. */
const HEAP = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 }

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
  // options of this process, --eval among them, are not the worker's
  const worker = new Worker(besides('background-worker'), {
    workerData: { name, args },
    execArgv: [],
    resourceLimits: HEAP,
  })
  const abort = (): void => {
    worker.terminate()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    const answer = await answerOf<Awaited<ReturnType<Jobs[Name]>>>(worker)
    assertGoesOn(signal)
    if (!answer) throw new MigrateError('INTERNAL', { message: 'A worker thread ended early.' })
    return resultOf(answer)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** A module of this folder that is run and not imported: the built file ends in .js, as this one then does. */
export const besides = (name: string): URL =>
  new URL(`./${name}${extname(import.meta.filename)}`, import.meta.url)

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
