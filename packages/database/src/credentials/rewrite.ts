import { availableParallelism } from 'node:os'
import type { Work } from '@fossawork/migrate'
import { open, seal } from './cipher.ts'
import type { FieldKeys } from './keys.ts'
import { hashPassword } from './passwords.ts'
import {
  type FoundCell,
  type FoundRow,
  type FoundSecret,
  type Scanning,
  type Standing,
  scan,
} from './scan.ts'
import type { SecretTable } from './tables.ts'
import { quoted } from './walk.ts'

export interface Rewriting extends Scanning {
  /** Which secrets are sealed anew, with the primary key. */
  readonly which: Extract<Standing, 'clear' | 'older'>
  readonly phase: string
}

export interface Rewritten {
  /** How many secrets were sealed. */
  readonly values: number
  /** How many passwords were hashed. */
  readonly hashed: number
  /** The ids of the keys that they were on. */
  readonly keys: ReadonlySet<string>
}

/**
 * Seals secrets and hashes passwords, a transaction for each part of a table, by compare-and-set: what others changed
 * since it was read stays as they left it, for the next pass. Whatever stops it between two parts leaves a state that it
 * goes on from. On PostgreSQL no statement holds anything that is in clear, since the server may log statements.
 */
export async function rewrite(work: Work, options: Rewriting): Promise<Rewritten> {
  const before = new Set<string>()
  let values = 0
  let hashed = 0
  let rows = 0
  for await (const part of scan(work, options)) {
    rows += part.looked
    const updates = await updatesOf(work, part.table, part.rows, options)
    if (updates.length) {
      const done = await apply(work, updates)
      values += sum(done.map((update) => update.values))
      hashed += sum(done.map((update) => update.hashed))
      for (const id of updates.flatMap(({ keyIds }) => keyIds)) before.add(id)
    }
    const note = part.table.name
    work.progress({ phase: options.phase, done: rows, total: null, unit: 'rows', note })
  }
  return { values, hashed, keys: before }
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0)

interface Update {
  readonly sql: string
  readonly params: readonly unknown[]
  readonly values: number
  readonly hashed: number
  readonly keyIds: readonly string[]
}

/** Returns those that found their row as it was read. */
function apply(work: Work, updates: readonly Update[]): Promise<Update[]> {
  return work.transaction(async () => {
    // of this connection, which a PRAGMA makes the next transaction open anew: said in each
    if (work.dialect === 'sqlite') await work.query('PRAGMA secure_delete=ON')
    const done = await Promise.all(
      updates.map(async (update) => {
        const { affected } = await work.query(update.sql, update.params)
        return affected === 1 ? update : null
      }),
    )
    return done.filter((update) => update !== null)
  })
}

/** As many at a time as there are cores: a hash is meant to take long. */
async function updatesOf(
  work: Work,
  table: SecretTable,
  rows: readonly FoundRow[],
  options: Rewriting,
): Promise<Update[]> {
  const updates: Update[] = []
  const cores = availableParallelism()
  for (let at = 0; at < rows.length; at += cores) {
    work.signal.throwIfAborted()
    const some = rows.slice(at, at + cores).map((row) => updateOf(work, table, row, options))
    for (const update of await Promise.all(some)) if (update) updates.push(update)
  }
  return updates
}

async function updateOf(
  { dialect }: Pick<Work, 'dialect'>,
  table: SecretTable,
  { stored, cells }: FoundRow,
  { which, keys }: Rewriting,
): Promise<Update | null> {
  const changed = cells.flatMap((cell) => {
    const secrets = cell.secrets.filter(({ standing }) => standing === which)
    return secrets.length ? [{ cell, secrets }] : []
  })
  if (changed.length === 0) return null
  const params: unknown[] = []
  const bind = (value: unknown): string => `$${params.push(value)}`
  const assignments: string[] = []
  for (const { cell, secrets } of changed) {
    const { column, kind, free } = cell.column
    const type = dialect === 'postgres' && kind === 'json' && !free ? '::jsonb' : ''
    const isMixed = which === 'older' && cell.secrets.some(({ standing }) => standing === 'clear')
    const value =
      dialect === 'postgres' && isMixed
        ? replacing(`${quoted(column)}::text`, secrets, keys, bind)
        : bind(kind === 'hash' ? await hashPassword(cell.text) : resealed(cell, secrets, keys))
    assignments.push(`${quoted(column)} = (${value})${type}`)
  }
  const here = table.key.map((column) => `${quoted(column)} = ${bind(stored[column])}`)
  const unchanged =
    dialect === 'postgres'
      ? [`ctid = ${bind(stored['#ctid'])}::tid`, `xmin = ${bind(stored['#xmin'])}::xid`]
      : changed.map(({ cell: { column } }) => {
          return `${quoted(column.column)} = ${bind(stored[column.column])}`
        })
  const all = changed.flatMap(({ secrets }) => secrets)
  const hashed = changed.filter(({ cell }) => cell.column.kind === 'hash').length
  return {
    sql: `UPDATE ${quoted(table.name)} SET ${assignments.join(', ')} WHERE ${[...here, ...unchanged].join(' AND ')}`,
    params,
    values: all.length - hashed,
    hashed,
    keyIds: all.map(({ keyId }) => keyId).filter((id) => id !== null),
  }
}

/** Has the server exchange what is sealed: the rest of the value holds something in clear, and is not to be sent. */
const replacing = (
  text: string,
  secrets: readonly FoundSecret[],
  keys: FieldKeys,
  bind: (value: unknown) => string,
): string =>
  secrets.reduce(
    (value, secret) => `replace(${value}, ${bind(secret.value)}, ${bind(anew(secret, keys))})`,
    text,
  )

/** The stored value with these secrets sealed anew, and everything else in it as it was. */
function resealed({ text }: FoundCell, secrets: readonly FoundSecret[], keys: FieldKeys): string {
  let after = ''
  let at = 0
  for (const secret of secrets) {
    const sealed = anew(secret, keys)
    after += text.slice(at, secret.start)
    after += secret.pointer === null ? sealed : JSON.stringify(sealed)
    at = secret.end
  }
  return after + text.slice(at)
}

const anew = ({ place, value, plain, standing }: FoundSecret, keys: FieldKeys): string =>
  seal(standing === 'clear' ? plain : open(value, place, keys), place, keys)
