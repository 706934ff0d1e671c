import type { Look } from '@fossawork/migrate'
import { targetOf } from '../map/tables.ts'
import { findRecords, type KnownRecord, keyText } from './books.ts'
import { decide, type ExistingRow } from './decide.ts'
import { digestOf, type FoundRow, isOfSame, rowsById, rowsByKey } from './existing-rows.ts'
import { withoutOrphans } from './orphans.ts'
import type { Prepared } from './prepared.ts'
import type { Occupied, Pending, Settled } from './settled.ts'
import type { Tools } from './tools.ts'

export interface SettleOptions {
  readonly tools: Tools
  /** Null: everything is looked for. */
  readonly occupied: Occupied | null
  readonly replace: boolean
  /** Files of this very import, which go on after it was interrupted. */
  readonly isOurs: (fileId: number) => boolean
  /** The records come from the quarantine. */
  readonly isRetry: boolean
  /** What was decided is written in this transaction. */
  readonly isWriting: boolean
  /** Rows that others belong to and that a dry run would have added: `table\nid`. */
  readonly planned: ReadonlySet<string>
}

/** Decides on records, by what the database holds now. Writes nothing. */
export async function settle(
  db: Pick<Look, 'query' | 'dialect'>,
  pendings: readonly Pending[],
  options: SettleOptions,
): Promise<Settled[]> {
  const { occupied, replace, isOurs, isRetry } = options
  const records = pendings.map(({ record }) => record)
  const asked = records.filter(({ userId }) => occupied?.records.has(userId) ?? true)
  const found = await findRecords(db, asked)
  const candidates = pendings.map(({ file, record, row }): Candidate => {
    const known = found.size > 0 ? found.get(keyText(record)) : undefined
    return { file, record, row, known }
  })
  const existing = await findRows(db, candidates, options)
  const settled = candidates.map(({ file, record, row, known }): Settled => {
    const compared = {
      isRepeat: record.body.kind === 'repeat',
      rowDigest: row?.digest ?? null,
      digest: record.digest,
    }
    const isOur = known !== undefined && isOurs(known.fileId)
    const at = { known, existing: existing.get(record), isOurs: isOur, replace, isRetry }
    return { file, record, row, known, decision: decide(compared, at) }
  })
  return withoutOrphans(db, settled, options)
}

interface Candidate extends Pending {
  readonly known: KnownRecord | undefined
}

/** The rows that have to be compared: those of records that changed, and those that V2 has by itself. */
async function findRows(
  db: Pick<Look, 'query' | 'dialect'>,
  candidates: readonly Candidate[],
  { tools, occupied, isWriting }: SettleOptions,
): Promise<Map<Prepared, ExistingRow>> {
  const reading = { tools, lock: isWriting }
  const found = new Map<Prepared, ExistingRow>()
  const keep = (record: Prepared, row: FoundRow | undefined): void => {
    if (row) found.set(record, { id: row.id, digest: digestOf(targetOf(record.table), row, tools) })
  }
  const changed = new Set(
    candidates.filter(
      ({ record, row, known }) =>
        row &&
        known &&
        known.targetId !== null &&
        (known.digest !== record.digest || known.outcome === 'conflict'),
    ),
  )
  for (const [table, group] of Map.groupBy(changed, ({ record }) => record.table)) {
    const ids = group.map(({ known }) => String(known?.targetId))
    const rows = await rowsById(db, targetOf(table), ids, reading)
    for (const { record, row, known } of group) {
      const stands = rows.get(String(known?.targetId))
      if (row && stands && isOfSame(targetOf(table), stands, row)) keep(record, stands)
    }
  }
  const isGone = (candidate: Candidate): boolean =>
    candidate.known?.targetId === null || (changed.has(candidate) && !found.has(candidate.record))
  // V2 may have the row by itself, or have made it anew
  const unknown = candidates.filter(
    (candidate) =>
      candidate.row?.key != null &&
      (!candidate.known || isGone(candidate)) &&
      (occupied?.rows.has(placeOf(candidate.record)) ?? true),
  )
  for (const group of Map.groupBy(unknown, ({ record }) => placeOf(record)).values()) {
    const [{ record: first }] = group as [Candidate]
    const last = group.map(({ row }) => row?.key)
    const at = { userId: first.userId, last }
    const rows = await rowsByKey(db, targetOf(first.table), at, reading)
    for (const { record, row } of group) keep(record, rows.get(String(row?.key)))
  }
  return found
}

const placeOf = ({ table, userId }: Prepared): string => `${table}\n${userId}`
