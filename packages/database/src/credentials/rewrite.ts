import type { Work } from '@fossawork/migrate'
import { open, seal } from './cipher.ts'
import type { FieldKeys } from './keys.ts'
import { type FoundCell, type FoundRow, type FoundSecret, type Standing, scan } from './scan.ts'
import type { SecretTable } from './tables.ts'
import { quoted, type Scope } from './walk.ts'

export interface Rewriting {
  readonly keys: FieldKeys
  readonly scope: Scope
  /** Which secrets are sealed anew, with the primary key. */
  readonly which: Extract<Standing, 'clear' | 'older'>
  readonly phase: string
}

export interface Rewritten {
  readonly values: number
  readonly tables: ReadonlySet<string>
  /** The ids of the keys that they were on. */
  readonly keys: ReadonlySet<string>
}

/**
 * Seals secrets, a transaction for each part of a table, by compare-and-set: a value that others changed since it was
 * read stays as they left it, for the next pass. Whatever stops it between two parts leaves a state that it goes on
 * from.
 */
export async function rewrite(work: Work, options: Rewriting): Promise<Rewritten> {
  const { keys, scope, phase } = options
  const tables = new Set<string>()
  const before = new Set<string>()
  let values = 0
  let rows = 0
  for await (const part of scan(work, keys, scope)) {
    rows += part.looked
    const updates = part.rows
      .map((row) => updateOf(work, part.table, row, options))
      .filter((update) => update !== null)
    if (updates.length) {
      values += await apply(work, updates)
      tables.add(part.table.name)
      for (const id of updates.flatMap(({ keyIds }) => keyIds)) before.add(id)
    }
    work.progress({ phase, done: rows, total: null, unit: 'rows', note: part.table.name })
  }
  return { values, tables, keys: before }
}

interface Update {
  readonly sql: string
  readonly params: readonly unknown[]
  readonly values: number
  readonly keyIds: readonly string[]
}

/** Returns how many values were sealed. */
function apply(work: Work, updates: readonly Update[]): Promise<number> {
  return work.transaction(async () => {
    // of this connection, which a PRAGMA makes the next transaction open anew: said in each
    if (work.dialect === 'sqlite') await work.query('PRAGMA secure_delete=ON')
    const done = await Promise.all(
      updates.map(async ({ sql, params, values }) => {
        const { affected } = await work.query(sql, params)
        return affected === 1 ? values : 0
      }),
    )
    return done.reduce((sum, values) => sum + values, 0)
  })
}

function updateOf(
  { dialect }: Pick<Work, 'dialect'>,
  table: SecretTable,
  { stored, cells }: FoundRow,
  { which, keys }: Rewriting,
): Update | null {
  const changed = cells.flatMap((cell) => {
    const secrets = (cell.secrets ?? []).filter(({ standing }) => standing === which)
    return secrets.length ? [{ cell, secrets }] : []
  })
  if (changed.length === 0) return null
  const all = changed.flatMap(({ secrets }) => secrets)
  const params: unknown[] = []
  const bind = (value: unknown): string => `$${params.push(value)}`
  const assignments = changed.map(({ cell, secrets }) => {
    const type = dialect === 'postgres' && cell.column.kind === 'json' ? '::jsonb' : ''
    return `${quoted(cell.column.column)} = ${bind(resealed(cell, secrets, keys))}${type}`
  })
  const here = table.key.map((column) => `${quoted(column)} = ${bind(stored[column])}`)
  const unchanged = changed.map(({ cell: { column } }) => {
    const type = dialect === 'postgres' ? '::text' : ''
    return `${quoted(column.column)}${type} = ${bind(stored[column.column])}`
  })
  return {
    sql: `UPDATE ${quoted(table.name)} SET ${assignments.join(', ')} WHERE ${[...here, ...unchanged].join(' AND ')}`,
    params,
    values: all.length,
    keyIds: all.map(({ keyId }) => keyId).filter((id) => id !== null),
  }
}

/** The stored value with these secrets sealed anew; what is sealed of JSON is the secret's JSON text. */
function resealed({ text }: FoundCell, secrets: readonly FoundSecret[], keys: FieldKeys): string {
  const sealed = ({ place, value, standing }: FoundSecret, plain: string): string =>
    seal(standing === 'clear' ? plain : open(String(value), place, keys), place, keys)
  const [only] = secrets
  if (only?.pointer === null) return sealed(only, text)
  const root = { '': parseExactly(text) }
  for (const secret of secrets) {
    put(root, secret.pointer ?? '', (value) => sealed(secret, JSON.stringify(value)))
  }
  return JSON.stringify(root[''])
}

/** The numbers keep their digits: a double has no room for all of them. */
const parseExactly = (text: string): unknown =>
  JSON.parse(text, (_key, value, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? rawJson(context.source)
      : value,
  )

// since Node 21; TypeScript's library does not know it yet
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

/** Changes what a JSON pointer (RFC 6901) points at. Parsed objects have every key of their own, `__proto__` too. */
function put(root: object, pointer: string, change: (value: unknown) => string): void {
  const path = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = path.pop() as string
  const parent = path.reduce<any>((node, key) => node[key], root)
  parent[last] = change(parent[last])
}
