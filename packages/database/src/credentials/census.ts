import type { Finding, Look } from '@fossawork/migrate'
import type { FieldKeys } from './keys.ts'
import { type FoundCell, type Part, type Standing, scan } from './scan.ts'
import type { Scope } from './walk.ts'

export type Counts = Readonly<Record<Standing, number>>

/** What a scan found, in counts: no value, and nothing that a value could be guessed from. */
export interface Census {
  /** Rows that were looked through. */
  readonly rows: number
  readonly total: Counts
  /** Columns that hold secrets. */
  readonly columns: readonly (Counts & { readonly table: string; readonly column: string })[]
  /** `user` is null for what belongs to nobody. */
  readonly users: readonly (Counts & { readonly user: string | null })[]
  /** Sealed values by the id of their key. */
  readonly keys: Readonly<Record<string, number>>
  /** Values that cannot be read: the first of them, and how many there are more. */
  readonly findings: readonly Finding[]
}

/** So many of one kind are told one by one. */
const SHOWN = 20

/** Counts every secret that a scope holds. */
export async function takeCensus(
  look: Look,
  keys: FieldKeys,
  scope: Scope,
  phase: string,
): Promise<Census> {
  const columns = new Map<string, Mutable & { table: string; column: string }>()
  const users = new Map<string | null, Mutable & { user: string | null }>()
  const byKey: Record<string, number> = {}
  const total = zero()
  const unreadable = { shown: [] as Finding[], more: 0 }
  let rows = 0
  for await (const part of scan(look, keys, scope)) {
    rows += part.looked
    look.progress({ phase, done: rows, total: null, unit: 'rows', note: part.table.name })
    for (const { cell, owner: user } of cellsOf(part)) {
      const { table, column } = cell.column
      const place = columns.get(`${table}.${column}`) ?? { table, column, ...zero() }
      columns.set(`${table}.${column}`, place)
      const person = users.get(user) ?? { user, ...zero() }
      users.set(user, person)
      for (const { standing, keyId } of cell.secrets ?? []) {
        for (const counts of [total, place, person]) counts[standing]++
        if (keyId !== null) byKey[keyId] = (byKey[keyId] ?? 0) + 1
      }
      for (const finding of complaints(cell)) {
        if (unreadable.shown.length < SHOWN) unreadable.shown.push(finding)
        else unreadable.more++
      }
    }
  }
  return {
    rows,
    total,
    columns: [...columns.values()],
    users: [...users.values()],
    keys: byKey,
    findings: [...unreadable.shown, ...rest(unreadable.more)],
  }
}

type Mutable = { -readonly [S in Standing]: number }

const zero = (): Mutable => ({ clear: 0, primary: 0, older: 0, unknown: 0, unreadable: 0 })

function* cellsOf({ rows }: Part): Generator<{ cell: FoundCell; owner: string | null }> {
  for (const { cells, owner } of rows) for (const cell of cells) yield { cell, owner }
}

function* complaints({ place: { table, column, row }, secrets }: FoundCell): Generator<Finding> {
  const at = { object: `${table}.${column}` }
  if (secrets === null) {
    yield {
      code: 'JSON_UNREADABLE',
      severity: 'warning',
      message: `${table}.${column} of ${row} is no JSON that can be read, so nobody can say whether a secret stands in it.`,
      at,
      fix: 'Correct the value by hand, then run `encrypt-credentials` again.',
    }
  }
  for (const { standing, pointer } of secrets ?? []) {
    if (standing !== 'unreadable') continue
    yield {
      code: 'CREDENTIAL_UNREADABLE',
      severity: 'error',
      message: `${table}.${column}${pointer === null ? '' : `#${pointer}`} of ${row} was altered, moved or damaged since it was encrypted: its key does not open it.`,
      at,
      fix: 'Set the secret anew, or take the row from a backup.',
    }
  }
}

const rest = (more: number): Finding[] =>
  more === 0
    ? []
    : [
        {
          code: 'CREDENTIAL_UNREADABLE',
          severity: 'error',
          message: `${more} more values cannot be read.`,
        },
      ]
