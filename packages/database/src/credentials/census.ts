import type { Finding, Look } from '@fossawork/migrate'
import {
  type FoundCell,
  type FoundSecret,
  type Problem,
  type Scanning,
  type Standing,
  scan,
} from './scan.ts'

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
  /** Values that cannot be read, or not for certain: of each kind the first, and how many there are more. */
  readonly findings: readonly Finding[]
}

/** So many of one kind are told one by one. */
const SHOWN = 20

/** Counts every secret that a scope holds. */
export async function takeCensus(look: Look, scanning: Scanning, phase: string): Promise<Census> {
  const columns = new Map<string, Mutable & { table: string; column: string }>()
  const users = new Map<string | null, Mutable & { user: string | null }>()
  const byKey: Record<string, number> = {}
  const total = zero()
  const complaints = createComplaints()
  let rows = 0
  for await (const part of scan(look, scanning)) {
    rows += part.looked
    look.progress({ phase, done: rows, total: null, unit: 'rows', note: part.table.name })
    for (const { cells, owner: user } of part.rows) {
      for (const cell of cells) {
        const [table, column] = [cell.table, cell.column.column]
        const place = columns.get(`${table}.${column}`) ?? { table, column, ...zero() }
        columns.set(`${table}.${column}`, place)
        const person = users.get(user) ?? { user, ...zero() }
        users.set(user, person)
        for (const { standing, keyId } of cell.secrets) {
          for (const counts of [total, place, person]) counts[standing]++
          if (keyId !== null) byKey[keyId] = (byKey[keyId] ?? 0) + 1
        }
        complaints.add(cell)
      }
    }
  }
  return {
    rows,
    total,
    columns: [...columns.values()],
    users: [...users.values()],
    keys: byKey,
    findings: complaints.all(),
  }
}

type Mutable = { -readonly [S in Standing]: number }

const zero = (): Mutable => ({ clear: 0, primary: 0, older: 0, unknown: 0, unreadable: 0 })

/** The first of each kind, and then only how many. */
function createComplaints() {
  const shown: Finding[] = []
  const counts = new Map<string, { readonly like: Finding; count: number }>()
  return {
    add(cell: FoundCell): void {
      for (const finding of complaintsOf(cell)) {
        const kind = counts.get(finding.code) ?? { like: finding, count: 0 }
        counts.set(finding.code, kind)
        if (++kind.count <= SHOWN) shown.push(finding)
      }
    },
    all(): Finding[] {
      const rest = [...counts.values()].filter(({ count }) => count > SHOWN)
      return [...shown, ...rest.map(({ like, count }) => more(like, count - SHOWN))]
    },
  }
}

const more = ({ code, severity, fix }: Finding, count: number): Finding => ({
  code,
  severity,
  message: `${count} more like these.`,
  ...(fix !== undefined && { fix }),
})

function* complaintsOf(cell: FoundCell): Generator<Finding> {
  if (cell.problem) yield aboutCell(cell, cell.problem)
  for (const secret of cell.secrets) {
    if (secret.standing === 'unreadable') yield damaged(cell, secret)
    if (secret.standing === 'unknown') yield withoutKey(cell, secret)
  }
}

function aboutCell({ table, place: { column, row } }: FoundCell, problem: Problem): Finding {
  const where = `${table}.${column} of ${row}`
  const at = { object: `${table}.${column}` }
  switch (problem) {
    case 'json':
      return {
        code: 'JSON_UNREADABLE',
        severity: 'warning',
        message: `${where} is no JSON that can be read, so nobody can say whether a secret stands in it.`,
        at,
        fix: 'Correct the value by hand, then run `encrypt-credentials` again.',
      }
    case 'text':
      return {
        code: 'TEXT_UNREADABLE',
        severity: 'error',
        message: `${where} is no text in the encoding of the database, and was left as it is, in clear: to encrypt it would alter it.`,
        at,
        fix: 'Enter the value anew, then run `encrypt-credentials` again.',
      }
    case 'password':
      return {
        code: 'PASSWORD_UNCLEAR',
        severity: 'error',
        message: `${where} is no hash of a form that is known here, and may be a password in clear. It was left as it is, since the hash of a hash would lock the user out.`,
        at,
        fix: 'Let the user set a new password.',
      }
  }
}

const pointed = ({ table, place: { column, row } }: FoundCell, { pointer }: FoundSecret): string =>
  `${table}.${column}${pointer ? `#${pointer}` : ''} of ${row}`

const damaged = (cell: FoundCell, secret: FoundSecret): Finding => ({
  code: 'CREDENTIAL_UNREADABLE',
  severity: 'error',
  message: `${pointed(cell, secret)} was altered, moved or damaged since it was encrypted: its key does not open it.`,
  at: { object: `${cell.table}.${cell.column.column}` },
  fix: 'Set the secret anew, or take the row from a backup.',
})

const withoutKey = (cell: FoundCell, secret: FoundSecret): Finding => ({
  code: 'KEY_MISSING',
  severity: 'error',
  message: `${pointed(cell, secret)} is sealed with the master key ${secret.keyId}, which is not here, or only looks so. It was left as it is.`,
  at: { object: `${cell.table}.${cell.column.column}` },
  fix: `Add the line of the key ${secret.keyId} again, below the primary one. Where there is none, set the secret anew.`,
})
