import type { Look } from '@fossawork/migrate'
import { hashAll, type PasswordCost, verifyPassword } from '../../credentials/passwords.ts'
import { targetOf } from '../map/tables.ts'
import { isAmong } from './books.ts'
import { type Prepared, type PreparedRow, type PreparedUser, prepareRow } from './prepared.ts'
import type { Tools } from './tools.ts'

/** Makes rows of users: hashes in the place of V1's passwords, before anything is compared or written. */
export interface Passwords {
  rowsOf(records: readonly Prepared[]): Promise<ReadonlyMap<Prepared, PreparedRow>>
  /** How long the hashing took so far, in milliseconds. */
  spentMs(): number
}

export interface PasswordOptions {
  readonly db: Look
  readonly tools: Tools
  /** Owners whose users V2 has already. */
  readonly known: { has(userId: string): boolean }
  readonly cost: PasswordCost
  /** In a dry run nothing is hashed: nobody would see the hash. */
  readonly isDryRun: boolean
}

interface User {
  readonly record: Prepared
  readonly body: PreparedUser
}

export function createPasswords(options: PasswordOptions): Passwords {
  const { db, tools, known, isDryRun } = options
  let spent = 0
  return {
    spentMs: () => spent,
    async rowsOf(records) {
      const users = records.flatMap((record): User[] =>
        record.body.kind === 'user' ? [{ record, body: record.body }] : [],
      )
      if (users.length === 0) return new Map()
      const started = performance.now()
      const kept = await keptHashes(
        db,
        users.filter(({ record }) => known.has(record.userId)),
      )
      const open = users.filter(({ record }) => !kept.has(record))
      const made = isDryRun ? [] : await hashes(open, options)
      const fresh = new Map(open.map(({ record }, at) => [record, made[at] ?? '']))
      spent += performance.now() - started
      const target = targetOf('users')
      return new Map(
        users.map(({ record, body }) => {
          const hash = kept.get(record) ?? fresh.get(record)
          return [record, prepareRow(target, { ...body.values, password_hash: hash }, tools)]
        }),
      )
    },
  }
}

const AT_ONCE = 100

/** A password that V2's hash already stands for keeps that hash, so that nothing seems to have changed. */
async function keptHashes(db: Look, users: readonly User[]): Promise<Map<Prepared, string>> {
  const kept = new Map<Prepared, string>()
  for (let at = 0; at < users.length; at += AT_ONCE) {
    const some = users.slice(at, at + AT_ONCE)
    const { rows } = await db.query<{ id: string; password_hash: string | null }>(
      `SELECT id, password_hash FROM users WHERE ${isAmong('id', 1, db.dialect)}`,
      [some.map(({ record }) => record.userId)],
    )
    const hashOf = new Map(rows.map((row) => [row.id, row.password_hash]))
    const verify = async ({ record, body }: User): Promise<void> => {
      const hash = hashOf.get(record.userId)
      if (hash && (await verifyPassword(hash, body.password))) kept.set(record, hash)
    }
    await Promise.all(some.map(verify))
  }
  return kept
}

const hashes = (users: readonly User[], { db, cost }: PasswordOptions): Promise<string[]> =>
  hashAll(
    users.map(({ body }) => body.password),
    {
      cost,
      signal: db.signal,
      onDone: (done) =>
        db.progress({
          phase: 'hashing passwords',
          done,
          total: users.length,
          unit: 'rows',
          note: null,
        }),
    },
  )
