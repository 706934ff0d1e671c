import type { Look } from '@fossawork/migrate'
import type { Target } from '../map/tables.ts'
import { findRecords, type KnownRecord, keyText } from './books.ts'
import { type Decision, decide, type ExistingRow } from './decide.ts'
import { keyValue, rowsById, rowsByKey } from './existing-rows.ts'
import type { Pending, PendingRow } from './pending.ts'
import { joined, type RowTexts, textsOf } from './row-values.ts'
import type { Tools } from './tools.ts'

/** What V2 held when the import began: what is not there need not be looked for. */
export interface Occupied {
  /** Owners of records that earlier imports have written. */
  readonly records: ReadonlySet<string>
  /** `table\nowner` of rows, whoever wrote them. */
  readonly rows: ReadonlySet<string>
}

/** A record with what it says and what becomes of it. */
export interface Settled {
  readonly pending: Pending
  readonly known: KnownRecord | undefined
  readonly decision: Decision
  /** Null for what becomes no row. */
  readonly row: SettledRow | null
}

export interface SettledRow {
  readonly target: Target
  readonly values: Readonly<Record<string, unknown>>
  readonly texts: RowTexts
  readonly digest: string
}

export interface SettleOptions {
  readonly tools: Tools
  /** Null: everything is looked for. */
  readonly occupied: Occupied | null
  readonly replace: boolean
  /** Files of this very import, which go on after it was interrupted. */
  readonly isOurs: (fileId: number) => boolean
}

/** A record's row in the words that both V1 and the database are compared in. */
export function settledRow({ target, values }: PendingRow, tools: Tools): SettledRow {
  const texts = textsOf(target, values, tools.dialect)
  return { target, values, texts, digest: tools.digest(joined(target.name, texts)) }
}

/** Decides on records, by what the database holds now. Writes nothing. */
export async function settle(
  db: Pick<Look, 'query' | 'dialect'>,
  pendings: readonly Pending[],
  options: SettleOptions,
): Promise<Settled[]> {
  const { tools, occupied, replace, isOurs } = options
  const asked = pendings.filter(({ userId }) => occupied?.records.has(userId) ?? true)
  const known = await findRecords(db, asked)
  const rows = pendings.map(({ body }) => (body.kind === 'row' ? settledRow(body, tools) : null))
  const candidates = pendings.map((pending, at) => ({
    pending,
    row: rows[at] ?? null,
    known: known.get(keyText(pending)),
  }))
  const existing = await findRows(db, candidates, options)
  return candidates.map(({ pending, row, known }) => ({
    pending,
    known,
    row,
    decision: decide(
      {
        isRepeat: pending.body.kind === 'repeat',
        rowDigest: row?.digest ?? null,
        digest: pending.digest,
      },
      {
        known,
        existing: existing.get(pending),
        isOurs: known !== undefined && isOurs(known.fileId),
        replace,
      },
    ),
  }))
}

type Compared = Pick<Settled, 'pending' | 'row' | 'known'>

/** The rows that have to be compared: those of records that changed, and those that V2 has by itself. */
async function findRows(
  db: Pick<Look, 'query' | 'dialect'>,
  candidates: readonly Compared[],
  { tools, occupied }: SettleOptions,
): Promise<Map<Pending, ExistingRow>> {
  const found = new Map<Pending, ExistingRow>()
  const keep = (pending: Pending, row: ExistingRow | undefined): void => {
    if (row) found.set(pending, row)
  }
  const changed = candidates.filter(
    ({ pending, row, known }) =>
      row &&
      known &&
      known.targetId !== null &&
      (known.digest !== pending.digest || known.outcome === 'conflict'),
  )
  for (const group of Map.groupBy(changed, ({ pending }) => pending.table).values()) {
    const [{ row }] = group as [Compared & { row: SettledRow }]
    const ids = group.map(({ known }) => String(known?.targetId))
    const rows = await rowsById(db, row.target, ids, tools)
    for (const { pending, known } of group) keep(pending, rows.get(String(known?.targetId)))
  }
  const unknown = candidates.filter(
    ({ pending, row, known }) =>
      row?.target.key &&
      !known &&
      (occupied?.rows.has(`${pending.table}\n${pending.userId}`) ?? true),
  )
  const groups = Map.groupBy(unknown, ({ pending }) => `${pending.table}\n${pending.userId}`)
  for (const group of groups.values()) {
    const [{ pending: first, row }] = group as [Compared & { row: SettledRow }]
    const last = group.map((one) => keyValue(row.target, one.row?.values ?? {}))
    const rows = await rowsByKey(db, row.target, { userId: first.userId, last }, tools)
    for (const one of group) {
      keep(one.pending, rows.get(String(keyValue(row.target, one.row?.values ?? {}))))
    }
  }
  return found
}
