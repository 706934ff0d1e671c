import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { answered } from './answer.ts'
import { besides } from './background.ts'
import { buildFromText } from './sql-text.ts'

// the process that `buildInProcess` starts: one text, one answer

new Worker(besides('parent-watch')).unref()

const [paths] = await once(process, 'message')
const [textFile, file] = paths as Parameters<typeof buildFromText>
const answer = await answered(() => buildFromText(textFile, file))
process.send?.(answer, () => process.disconnect())
