import { parentPort, workerData } from 'node:worker_threads'
import { answered } from './answer.ts'
import { JOBS } from './jobs.ts'

// the thread that `inBackground` starts: one job, one answer

const { name, args } = workerData as { name: keyof typeof JOBS; args: readonly never[] }
const job = JOBS[name] as (...args: readonly never[]) => unknown

parentPort?.postMessage(await answered(() => job(...args)))
