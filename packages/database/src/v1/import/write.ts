import type { BulkValue, Work } from '@fossawork/migrate'
import { TARGETS, type Target, targetOf } from '../map/tables.ts'
import { RECORD_COLUMNS, removeRecords } from './books.ts'
import type { PreparedRow } from './prepared.ts'
import { storedValues } from './row-values.ts'
import type { Settled } from './settled.ts'

/** The `id` of each row that was added. */
export type RowIds = ReadonlyMap<Settled, string>

/** Writes what was decided: rows, changed rows, and the records that say where they come from. */
export async function write(work: Work, settled: readonly Settled[]): Promise<RowIds> {
  const ids = new Map<Settled, string>()
  const byTable = Map.groupBy(settled, ({ record }) => record.table)
  for (const target of TARGETS) {
    const of = byTable.get(target.name) ?? []
    const inserted = of.filter(({ decision }) => decision.write === 'insert')
    await insertRows(work, target, inserted, ids)
    for (const one of of.filter(({ decision }) => decision.write === 'update')) {
      await updateRow(work, one)
    }
  }
  await writeRecords(work, settled, ids)
  return ids
}

async function insertRows(
  work: Work,
  target: Target,
  settled: readonly Settled[],
  ids: Map<Settled, string>,
): Promise<void> {
  if (settled.length === 0) return
  const names = Object.keys(target.columns)
  const numbers = target.id === 'number' ? await nextIds(work, target.name, settled.length) : null
  const rows = settled.map((one, at) => {
    const { id, texts } = one.row as PreparedRow
    const stored = storedValues(target, texts, work.dialect)
    const number = numbers?.[at]
    ids.set(one, String(number ?? id))
    return number === undefined ? stored : [number, ...stored]
  })
  await work.insert(target.name, numbers ? ['id', ...names] : names, rows)
}

/** Numbers that nobody else is given: under SQLite's one writer the next ones, else those of the sequence. */
async function nextIds(work: Work, table: string, count: number): Promise<number[]> {
  if (work.dialect === 'sqlite') {
    const { rows } = await work.query<{ last: number | null }>(
      `SELECT max(id) AS last FROM ${table}`,
    )
    const last = rows[0]?.last ?? 0
    return Array.from({ length: count }, (_, at) => last + 1 + at)
  }
  const { rows } = await work.query<{ id: number }>(
    "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2::int)",
    [table, count],
  )
  return rows.map(({ id }) => Number(id))
}

async function updateRow(work: Work, { record, row, decision }: Settled): Promise<void> {
  const target = targetOf(record.table)
  const stored = storedValues(target, (row as PreparedRow).texts, work.dialect)
  const names = Object.keys(target.columns)
  const assignments = names.map((name, at) => `${name} = $${at + 1}`)
  if (target.isTimed) assignments.push('updated_at = CURRENT_TIMESTAMP')
  const id = target.id === 'number' ? Number(decision.targetId) : decision.targetId
  await work.query(
    `UPDATE ${target.name} SET ${assignments.join(', ')} WHERE id = $${names.length + 1}`,
    [...stored, id],
  )
}

async function writeRecords(work: Work, settled: readonly Settled[], ids: RowIds): Promise<void> {
  const written = settled.filter(({ decision }) => decision.write !== 'nothing')
  await removeRecords(
    work,
    written.filter(({ known }) => known).map(({ record }) => record),
  )
  const rows = written.map((one): BulkValue[] => {
    const { file, record, decision, row } = one
    const { body } = record
    const quarantine = body.kind === 'quarantine' ? body : null
    const content = body.kind === 'quarantine' || body.kind === 'repeat' ? body.content : null
    return [
      record.userId,
      record.table,
      record.identity,
      file.id,
      record.position,
      record.digest,
      row?.digest ?? null,
      decision.outcome,
      ids.get(one) ?? decision.targetId,
      quarantine?.code ?? null,
      quarantine?.message ?? null,
      content,
    ]
  })
  await work.insert('v1_import_records', RECORD_COLUMNS, rows)
}
