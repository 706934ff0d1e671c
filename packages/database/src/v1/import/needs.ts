import { type Look, MigrateError } from '@fossawork/migrate'
import { type FieldKeys, fieldKeys } from '../../credentials/keys.ts'

/** The version that made every table that an import writes to. */
export const NEEDS: readonly string[] = ['v001_initial_schema']

/** Throws KEY_MISSING where there is no master key, KEY_INVALID for one that cannot be used. */
export async function keysOf(db: Look): Promise<FieldKeys> {
  const ring = await db.keys()
  if (ring) return fieldKeys(ring)
  throw new MigrateError('KEY_MISSING', {
    message: 'V1 keeps secrets in clear, V2 does not: a master key is needed to encrypt them.',
    hint: 'Make one with `keys generate --file F`, and name the file in FOSSAWORK_MASTER_KEY_FILE.',
  })
}
