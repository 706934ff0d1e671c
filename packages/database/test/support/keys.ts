import { type KeyRing, readKeyRing } from '@fossawork/migrate'

/** Master keys of the bytes 0 to 31 and 32 to 63, which keep nothing of anybody's. */
const KEYS = {
  '53e02f4a': 'migrate-key-1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0strxfl3',
  '2860f73c': 'migrate-key-1yqsjygeyy5nzw2pf9g4jctfw9ucrzv3nxs6nvdec8yark0pa8clstx2v0e',
} as const

/** A ring of those with these ids, the primary first. */
export async function testRing(...ids: readonly (keyof typeof KEYS)[]): Promise<KeyRing> {
  const ring = await readKeyRing(
    { file: 'TEST_KEY_FILE', value: 'TEST_KEY' },
    { TEST_KEY: ids.map((id) => KEYS[id]).join('\n') },
  )
  if (!ring) throw new Error('no key was asked for')
  return ring
}
