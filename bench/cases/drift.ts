import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Bench } from '../bench.ts'
import { type Figures, inFreshProcess, interleave, rowsOfFigures } from '../measure.ts'
import { fossaworkCommand } from '../package.ts'
import type { Database } from '../peers/peer.ts'
import type { Table } from '../table.ts'

const TABLES = 55

/** What each run of `migrate` that has something to do pays for its guard against drift, on FossaWork's tables. */
export async function drift(bench: Bench): Promise<Table[]> {
  const contenders = []
  for (const database of ['sqlite', 'postgres'] as const) {
    const url = await migrated(bench, database)
    contenders.push({ name: database, measure: () => measureOnce(url, database) })
  }
  const samples = await interleave(contenders, bench.rounds)
  const of = `FossaWork's ${TABLES} tables`
  return [
    {
      id: 'drift',
      title: `The guard of a run against drift, ${of}`,
      rows: rowsOfFigures(samples, 'drift'),
    },
    {
      id: 'drift, keeping',
      title: `What a run keeps of the schema at its end, ${of}`,
      rows: rowsOfFigures(samples, 'drift, keeping'),
    },
  ]
}

/** The URL of a new database with FossaWork's migrations. */
async function migrated(bench: Bench, database: Database): Promise<string> {
  const url = await bench.databases.fresh(database)
  await promisify(execFile)(process.execPath, [fossaworkCommand(), 'migrate', '--no-backup'], {
    cwd: mkdtempSync(join(bench.root, 'drift-')),
    env: { ...process.env, DATABASE_URL: url },
  })
  return url
}

async function measureOnce(
  url: string,
  database: Database,
): Promise<Figures<'drift' | 'drift, keeping'>> {
  const { guard, keep, tables } = await inFreshProcess('drift', { url })
  if (tables < TABLES) throw new Error(`There are ${tables} tables of ${TABLES}.`)
  return { drift: { [database]: guard }, 'drift, keeping': { [database]: keep } }
}
