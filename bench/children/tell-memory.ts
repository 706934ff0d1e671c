import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { peakMemory } from '../memory.ts'

// loaded into a command with `node --import`: when it ends, the most memory it had goes into the file that this names

const file = process.env.BENCH_MEMORY_FILE
if (isMainThread && file) process.on('exit', () => writeFileSync(file, String(peakMemory())))
