import { type KeyRing, MigrateError, Secret } from '@fossawork/migrate'
import { type Kysely, sql } from 'kysely'
import { open, seal } from './cipher.ts'
import { fieldKeys } from './keys.ts'
import { placeOf } from './places.ts'

/** How a user signs in to a service. Prints as `[redacted]`. */
export interface Credential {
  readonly username: Secret
  readonly password: Secret
}

export interface CredentialStore {
  /**
   * A user's credential for a service; null where there is none, or it is not active. Throws CREDENTIAL_UNREADABLE for
   * one that was altered, moved or stands in clear, KEY_MISSING where its key is not in the ring.
   */
  getCredential(userId: string, service: string): Promise<Credential | null>
  /** Adds or replaces one, and makes it active. Another username or password is not verified yet. */
  setCredential(
    userId: string,
    service: string,
    credential: { readonly username: string; readonly password: string },
  ): Promise<void>
}

export interface CredentialStoreOptions {
  readonly db: Kysely<any>
  /** As `readKeyRing` gives them. */
  readonly keys: KeyRing
}

const TABLE = 'user_credentials'
const USERNAME = 'encrypted_username'
const PASSWORD = 'encrypted_password'

type Column = typeof USERNAME | typeof PASSWORD

/** The credentials of FossaWork's users, encrypted in `user_credentials`. */
export function createCredentialStore({ db, keys: ring }: CredentialStoreOptions): CredentialStore {
  const keys = fieldKeys(ring)

  const find = (userId: string, service: string) =>
    db
      .selectFrom(TABLE)
      .select([USERNAME, PASSWORD])
      .where('user_id', '=', userId)
      .where('service_name', '=', service)

  return {
    async getCredential(userId, service) {
      const row = await find(userId, service)
        .where(sql<boolean>`is_active IS NOT FALSE`)
        .executeTakeFirst()
      if (!row) return null
      const read = (column: Column): Secret =>
        new Secret(open(row[column], placeFor(column, userId, service), keys))
      return { username: read(USERNAME), password: read(PASSWORD) }
    },

    async setCredential(userId, service, { username, password }) {
      const before = await find(userId, service).executeTakeFirst()
      const isHeld = (column: Column, plain: string): boolean =>
        before !== undefined && holds(before[column], plain, placeFor(column, userId, service))
      const isSame = isHeld(USERNAME, username) && isHeld(PASSWORD, password)
      const sealed = {
        [USERNAME]: seal(username, placeFor(USERNAME, userId, service), keys),
        [PASSWORD]: seal(password, placeFor(PASSWORD, userId, service), keys),
        is_active: sql`TRUE`,
        updated_at: sql`CURRENT_TIMESTAMP`,
      }
      // one that somebody else wrote meanwhile is another one; what is compared is sealed, as is all that is sent
      const verified = isSame
        ? sql`CASE WHEN ${sql.ref(`${TABLE}.${USERNAME}`)} = ${before?.[USERNAME]}
                AND ${sql.ref(`${TABLE}.${PASSWORD}`)} = ${before?.[PASSWORD]}
              THEN ${sql.ref(`${TABLE}.is_verified`)} ELSE FALSE END`
        : sql`FALSE`
      await db
        .insertInto(TABLE)
        .values({ user_id: userId, service_name: service, ...sealed, is_verified: sql`FALSE` })
        .onConflict((on) =>
          on.columns(['user_id', 'service_name']).doUpdateSet({ ...sealed, is_verified: verified }),
        )
        .execute()
    },
  }

  /** What does not open is replaced like any other. */
  function holds(stored: string, plain: string, place: ReturnType<typeof placeFor>): boolean {
    try {
      return open(stored, place, keys) === plain
    } catch (thrown) {
      if (thrown instanceof MigrateError) return false
      throw thrown
    }
  }
}

function placeFor(column: Column, userId: string, service: string) {
  const place = placeOf(TABLE, column, { user_id: userId, service_name: service })
  if (!place) throw new Error(`${TABLE}.${column} is no place of a secret`)
  return place
}
