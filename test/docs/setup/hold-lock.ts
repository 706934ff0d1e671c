import { acquireLock } from '../../../packages/migrate/src/dialect/sqlite/lock.ts'

// Holds the run lock of the SQLite file that is named, as a migrate that takes long would, until it is killed.
await acquireLock(process.argv[2] as string, {
  runId: crypto.randomUUID(),
  purpose: 'migrate',
  waitMs: 0,
  onWaiting() {},
})
console.log('held')
setInterval(() => {}, 60_000)
