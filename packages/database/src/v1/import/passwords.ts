import type { Look } from '@fossawork/migrate'
import { hashAll, type PasswordCost, verifyPassword } from '../../credentials/passwords.ts'
import { parameters } from './books.ts'
import type { Pending } from './pending.ts'

/** Puts hashes in the place of V1's passwords, before anything is compared or written. */
export interface Passwords {
  hashed(pendings: readonly Pending[]): Promise<Pending[]>
  /** How long the hashing took so far, in milliseconds. */
  spentMs(): number
}

export interface PasswordOptions {
  readonly db: Look
  /** Owners whose users V2 has already. */
  readonly known: ReadonlySet<string>
  readonly cost: PasswordCost
  /** In a dry run nothing is hashed: nobody would see the hash. */
  readonly isDryRun: boolean
}

type Values = Readonly<Record<string, unknown>>

export function createPasswords({ db, known, cost, isDryRun }: PasswordOptions): Passwords {
  let spent = 0
  /** A password that V2's hash already stands for keeps that hash, so that nothing seems to have changed. */
  const keptHashes = async (users: readonly PendingUser[]): Promise<Map<Pending, string>> => {
    const kept = new Map<Pending, string>()
    const asked = users.filter(({ pending }) => known.has(pending.userId))
    for (let at = 0; at < asked.length; at += AT_ONCE) {
      const some = asked.slice(at, at + AT_ONCE)
      const { rows } = await db.query<{ id: string; password_hash: string | null }>(
        `SELECT id, password_hash FROM users WHERE id IN (${parameters(some.length)})`,
        some.map(({ pending }) => pending.userId),
      )
      const hashes = new Map(rows.map((row) => [row.id, row.password_hash]))
      const verify = async ({ pending, password }: PendingUser): Promise<void> => {
        const hash = hashes.get(pending.userId)
        if (hash && (await verifyPassword(hash, password))) kept.set(pending, hash)
      }
      await Promise.all(some.map(verify))
    }
    return kept
  }
  return {
    spentMs: () => spent,
    async hashed(pendings) {
      const users = pendings.flatMap(usersOf)
      if (users.length === 0) return [...pendings]
      const started = performance.now()
      const hashes = await keptHashes(users)
      const open = users.filter(({ pending }) => !hashes.has(pending))
      const made = isDryRun
        ? open.map(() => '')
        : await hashAll(
            open.map(({ password }) => password),
            {
              cost,
              signal: db.signal,
              onDone: (done) =>
                db.progress({
                  phase: 'hashing passwords',
                  done,
                  total: open.length,
                  unit: 'rows',
                  note: null,
                }),
            },
          )
      for (const [at, { pending }] of open.entries()) hashes.set(pending, made[at] ?? '')
      spent += performance.now() - started
      return pendings.map((pending) => withHash(pending, hashes.get(pending)))
    },
  }
}

const AT_ONCE = 100

interface PendingUser {
  readonly pending: Pending
  readonly password: string
}

function usersOf(pending: Pending): PendingUser[] {
  const { body } = pending
  if (body.kind !== 'row' || pending.table !== 'users') return []
  const password = (body.values as Values).password_hash
  return typeof password === 'string' ? [{ pending, password }] : []
}

function withHash(pending: Pending, hash: string | undefined): Pending {
  const { body } = pending
  if (hash === undefined || body.kind !== 'row') return pending
  return { ...pending, body: { ...body, values: { ...body.values, password_hash: hash } } }
}
