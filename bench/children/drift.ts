import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { resolveConfig } from '../../packages/migrate/src/config/define.ts'
import { openDialect } from '../../packages/migrate/src/migrator.ts'
import { findDrift } from '../../packages/migrate/src/run/find-drift.ts'
import { gatherFrom } from '../../packages/migrate/src/run/gather.ts'
import { keepSchema } from '../../packages/migrate/src/run/keep.ts'
import { openRecorder } from '../../packages/migrate/src/run/recorder.ts'

/** What this process does, as JSON in its one argument: a database that FossaWork's migrations were run on. */
export interface DriftJob {
  readonly url: string
}

/** What it prints, in milliseconds. */
export interface DriftTiming {
  /** What the guard of a run does: reading the schema and what was kept of it, and comparing. */
  readonly guard: number
  /** What a run does at its end: reading the schema, and keeping it. */
  readonly keep: number
  readonly tables: number
}

const { url }: DriftJob = JSON.parse(process.argv[2] ?? '')
const migrations = fileURLToPath(import.meta.resolve('../../packages/database/migrations/'))
const settings = resolveConfig({ migrations, databaseUrl: url }, migrations, {})
const dialect = await openDialect(settings)
const ctx = {
  dialect,
  settings,
  runId: 'bench',
  emit: () => {},
  signal: new AbortController().signal,
  actor: { osUser: null, host: 'bench', pid: process.pid, toolVersion: 'bench' },
  keys: async () => null,
}
// as a run loads them: once
for (const part of dialect.name === 'postgres' ? ['introspect', 'access'] : ['introspect']) {
  await import(`../../packages/migrate/src/dialect/${dialect.name}/${part}.ts`)
}
const writer = await dialect.openWriter({ runId: ctx.runId, onNotice: () => {} })
try {
  // the run has done this before
  const world = await gatherFrom(ctx, writer, 'pending')
  const recorder = await openRecorder(ctx, dialect, writer, world.journal)
  const started = performance.now()
  const { base, differences } = await findDrift(ctx, writer, world)
  const guarded = performance.now()
  if (base.source.kind !== 'kept') throw new Error('No snapshot was kept.')
  if (differences.length > 0)
    throw new Error(`${differences.length} differences on a sound database.`)
  const lock = { terminated: 0, assertHeld: async () => {}, release: async () => {} }
  // as if the whole log were this run's
  const before = { ...world, journal: { ...world.journal, head: { seq: 0, hash: '' } } }
  const keeping = performance.now()
  await keepSchema(ctx, { writer, lock, recorder, world: before })
  const tables = [...base.schema.values()].filter(({ kind }) => kind === 'table').length
  const timing: DriftTiming = {
    guard: guarded - started,
    keep: performance.now() - keeping,
    tables,
  }
  process.stdout.write(JSON.stringify(timing))
} finally {
  await writer.close()
}
