import { type KeyRing, type Look, MigrateError } from '@fossawork/migrate'
import { masterKey } from '../config.ts'
import type { Census } from './census.ts'
import type { FieldKeys } from './keys.ts'

/** The master keys. Throws KEY_MISSING where there are none, KEY_INVALID. */
export async function requireRing(look: Pick<Look, 'keys'>): Promise<KeyRing> {
  const ring = await look.keys()
  if (ring) return ring
  throw new MigrateError('KEY_MISSING', {
    message: 'There is no master key to encrypt with; nothing was written.',
    hint: `Make one with \`keys generate --file F\`, and name the file in ${masterKey.file}.`,
  })
}

/**
 * Refuses to seal anything with the wrong keys: where some secrets are sealed and not one opens. One alone, with a key
 * that is not among those that the journal names (`used`), may be what somebody chose. Where others open, those that do
 * not are told, and keep nobody from sealing the rest. Throws KEY_MISSING.
 */
export function assertKeysKnown(
  { total, keys: byId, findings }: Census,
  keys: FieldKeys,
  used: ReadonlySet<string>,
): void {
  if (total.primary + total.older > 0) return
  const missing = Object.keys(byId).filter((id) => !keys.byId(id))
  if (total.unknown < 2 && !missing.some((id) => used.has(id))) return
  const [first] = findings.filter(({ code }) => code === 'KEY_MISSING')
  throw new MigrateError('KEY_MISSING', {
    message: `${total.unknown} stored secrets are sealed with ${missing.length === 1 ? 'a master key' : 'master keys'} (${missing.join(', ')}) that ${missing.length === 1 ? 'is' : 'are'} not in ${keys.from}; nothing was written.`,
    hint: `Name the right key file in ${masterKey.file}, or add the missing line below the primary key. Where the key is lost for good, so are these secrets: enter them again. The first of them: ${first?.message ?? ''}`,
  })
}

/** Throws USAGE for a user who is nowhere in the database. */
export async function assertUsers(
  look: Look,
  users: readonly string[],
  census: Census,
): Promise<void> {
  const seen = new Set(census.users.map(({ user }) => user))
  for (const user of users) {
    if (seen.has(user)) continue
    const found = await look.query('SELECT 1 FROM users WHERE id = $1', [user])
    if (found.rows.length) continue
    throw new MigrateError('USAGE', {
      message: `There is no user ${user}.`,
      hint: 'A user id is the MD5 of the e-mail address, 32 hex digits: see `SELECT id, email FROM users`.',
    })
  }
}
