import type { Look, Migrator, Work } from '@fossawork/migrate'
import type { FieldKeys } from '../../credentials/keys.ts'
import { finishImport } from './finish-import.ts'
import {
  type Imported,
  type ImportResult,
  NOTHING_WRITTEN,
  type RunChoices,
  validateImport,
} from './import.ts'
import { keysOf, NEEDS } from './needs.ts'
import { type ImportSubject, lookAtImports, type OpenImport, openImport } from './open-import.ts'
import { quarantineKey, readQuarantine } from './quarantine.ts'
import { retryWalk } from './retry-walk.ts'
import { type RunDone, runImport } from './run-import.ts'
import { createSealing } from './sealing.ts'

/** Where the records come from, in the books. */
const FROM = 'the quarantine'

/**
 * Takes what could not be imported again, as it was kept: a folder whose user is there by now, a record that fits at
 * last. V1's directory is not needed. Throws KEY_MISSING, IMPORT_MISMATCH.
 */
export async function retryQuarantine(
  migrator: Migrator,
  options: RunChoices,
): Promise<ImportResult> {
  const subject = {
    directory: FROM,
    listing: new Date().toISOString(),
    options: JSON.stringify({ onConflict: options.onConflict ?? 'keep' }),
  }
  const planned = await migrator.look({ name: 'import-v1', needs: NEEDS }, async (look) => {
    const keys = await keysOf(look)
    const found = await lookAtImports(look, subject, keys)
    if (!options.dryRun && found.quarantine.length > 0) return null
    return retry(look, { keys, found, options, work: null })
  })
  if (planned) {
    const outcome = options.dryRun ? 'planned' : 'nothing'
    return { ...NOTHING_WRITTEN, outcome, report: planned.report, timings: planned.timings }
  }
  const { backup = true } = options
  const done = await migrator.work({ name: 'import-v1', needs: NEEDS, backup }, (work) =>
    retryUnderLock(work, subject, options),
  )
  return { ...done, validation: await validateImport(migrator) }
}

async function retryUnderLock(
  work: Work,
  subject: ImportSubject,
  options: RunChoices,
): Promise<Imported> {
  const keys = await keysOf(work)
  const found = await openImport(work, subject, { keys, archive: null })
  const { report, reconciliation, timings } = await retry(work, { keys, found, options, work })
  await finishImport(work, found.id, report.totals)
  await work.note({ import: found.id, directory: FROM, ...report.totals })
  const outcome = report.totals.imported > 0 ? 'done' : 'nothing'
  const { backup } = work
  return { outcome, report, importId: found.id, backup, archive: null, reconciliation, timings }
}

interface Retrying {
  readonly keys: FieldKeys
  readonly found: OpenImport
  readonly options: RunChoices
  readonly work: Work | null
}

async function retry(db: Look, { keys, found, options, work }: Retrying): Promise<RunDone> {
  const sealing = createSealing(keys, db.dialect)
  const kept = found.quarantine.length > 0 ? await readQuarantine(db) : []
  const rows = kept.map((row) => ({
    ...row,
    value:
      row.content === null
        ? null
        : (JSON.parse(sealing.openContent(quarantineKey(row), row.content)) as unknown),
  }))
  return runImport(db, {
    directory: null,
    total: kept.reduce((sum, { content }) => sum + (content?.length ?? 0), 0),
    options,
    keys,
    found,
    work,
    isRetry: true,
    steps: (hooks) => retryWalk({ ...hooks, rows }),
  })
}
