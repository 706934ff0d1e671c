import type { BulkValue, Work } from '@fossawork/migrate'
import { TARGETS, type Target } from '../map/tables.ts'
import { parameters, RECORD_COLUMNS, type RecordKey } from './books.ts'
import type { Settled, SettledRow } from './outcomes.ts'
import { storedValue } from './row-values.ts'
import type { Tools } from './tools.ts'

/** Writes what was decided: rows, changed rows, and the records that say where they come from. */
export async function write(work: Work, settled: readonly Settled[], tools: Tools): Promise<void> {
  const ids = new Map<Settled, string>()
  for (const target of TARGETS) {
    const of = settled.filter(({ row }) => row?.target.name === target.name)
    await insertRows(
      work,
      target,
      of.filter(({ decision }) => decision.write === 'insert'),
      { tools, ids },
    )
    for (const one of of.filter(({ decision }) => decision.write === 'update')) {
      await updateRow(work, one, tools)
    }
  }
  await writeRecords(work, settled, { tools, ids })
}

interface Writing {
  readonly tools: Tools
  /** The `id` of each row that was inserted. */
  readonly ids: Map<Settled, string>
}

async function insertRows(
  work: Work,
  target: Target,
  settled: readonly Settled[],
  { tools, ids }: Writing,
): Promise<void> {
  if (settled.length === 0) return
  const names = Object.keys(target.columns)
  const numbers = target.id === 'number' ? await nextIds(work, target.name, settled.length) : null
  const rows = settled.map((one, at) => {
    const row = one.row as SettledRow
    const id = numbers?.[at]
    ids.set(one, String(id ?? row.values.id))
    const values = storedRow(row, tools)
    return id === undefined ? values : [id, ...values]
  })
  await work.insert(target.name, numbers ? ['id', ...names] : names, rows)
}

function storedRow(row: SettledRow, { dialect, sealing }: Tools): BulkValue[] {
  const { target, values, texts } = row
  return Object.entries(target.columns).map(([name, { kind }], at) => {
    const text = texts[at] ?? null
    const sealed =
      text !== null && (kind === 'sealed' || kind === 'json')
        ? sealing.seal(target.name, name, values, text)
        : text
    return storedValue(sealed, kind, dialect)
  })
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

async function updateRow(work: Work, { row, decision }: Settled, tools: Tools): Promise<void> {
  const { target } = row as SettledRow
  const values = storedRow(row as SettledRow, tools)
  const names = Object.keys(target.columns)
  const assignments = names.map((name, at) => `${name} = $${at + 1}`)
  if (target.isTimed) assignments.push('updated_at = CURRENT_TIMESTAMP')
  const id = target.id === 'number' ? Number(decision.targetId) : decision.targetId
  await work.query(
    `UPDATE ${target.name} SET ${assignments.join(', ')} WHERE id = $${names.length + 1}`,
    [...values, id],
  )
}

async function writeRecords(
  work: Work,
  settled: readonly Settled[],
  { tools, ids }: Writing,
): Promise<void> {
  const written = settled.filter(({ decision }) => decision.write !== 'nothing')
  await removeRecords(
    work,
    written.filter(({ known }) => known).map(({ pending }) => pending),
  )
  const rows = written.map((one): BulkValue[] => {
    const { pending, decision, row } = one
    const { body } = pending
    const quarantine = body.kind === 'quarantine' ? body : null
    return [
      pending.userId,
      pending.table,
      pending.identity,
      pending.file.id,
      pending.position,
      pending.digest,
      row?.digest ?? null,
      decision.outcome,
      ids.get(one) ?? decision.targetId,
      quarantine?.code ?? null,
      quarantine?.message ?? null,
      quarantine?.content == null ? null : tools.sealing.sealContent(pending, quarantine.content),
    ]
  })
  await work.insert('v1_import_records', RECORD_COLUMNS, rows)
}

const AT_ONCE = 500

/** Takes records out of the books, to be written anew or because they came to something else. */
export async function removeRecords(work: Work, keys: readonly RecordKey[]): Promise<void> {
  const places = Map.groupBy(keys, ({ userId, table }) => `${userId}\n${table}`)
  for (const group of places.values()) {
    for (let at = 0; at < group.length; at += AT_ONCE) {
      const some = group.slice(at, at + AT_ONCE)
      const [{ userId, table }] = some as [RecordKey]
      await work.query(
        `DELETE FROM v1_import_records WHERE user_id = $1 AND target_table = $2
         AND identity IN (${parameters(some.length, 3)})`,
        [userId, table, ...some.map(({ identity }) => identity)],
      )
    }
  }
}
