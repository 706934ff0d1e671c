import { parentPort, workerData } from 'node:worker_threads'
import { MigrateError } from '../../../errors.ts'
import { isSqliteError } from '../errors.ts'
import type { Answer, Failure } from './background.ts'
import { JOBS } from './jobs.ts'

// the thread that `inBackground` starts: one job, one answer

const { name, args } = workerData as { name: keyof typeof JOBS; args: readonly never[] }

async function answer(): Promise<Answer<unknown>> {
  try {
    return { value: await (JOBS[name] as (...args: readonly never[]) => unknown)(...args) }
  } catch (thrown) {
    return { failed: asValue(thrown) }
  }
}

function asValue(thrown: unknown): Failure {
  if (thrown instanceof MigrateError) return thrown.toJSON()
  return {
    message: thrown instanceof Error ? thrown.message : String(thrown),
    errcode: isSqliteError(thrown) ? thrown.errcode : undefined,
  }
}

parentPort?.postMessage(await answer())
