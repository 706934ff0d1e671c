import type { CatalogueEntry } from '../../src/backup/catalogue/catalogue.ts'
import { removeEntries } from '../../src/backup/catalogue/cleanup.ts'
import { hashFile } from '../../src/backup/catalogue/hash-file.ts'
import { encryptStored } from '../../src/backup/encrypt-stored.ts'
import { ageIdentity, ageRecipient } from '../../src/keys/age.ts'
import { parseKeyRing } from '../../src/keys/ring.ts'
import { PETS } from './support.ts'

/** The same in every process: a run that was killed and the next one have one key. */
const { keys } = parseKeyRing(
  'migrate-key-1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0strxfl3',
  'a test',
)

/** Encrypts a clear backup in all its tiers, then removes it, as a run does. */
export async function protect(folder: string, entry: CatalogueEntry): Promise<void> {
  await encryptStored(entry, {
    space: { folder, dialect: { name: PETS.dialect, identity: PETS.identity }, keep: 'all' },
    recipient: ageRecipient(keys[0]),
    identities: keys.map(ageIdentity),
    emit: () => {},
    signal: new AbortController().signal,
  })
  const { findings } = await removeEntries(folder, [entry], hashFile)
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
}
