import { MigrateError } from '../../errors.ts'
import { type Check, skipped } from '../check.ts'

/** The master key can be read, and only its owner can read it. */
export const masterKey: Check = {
  category: 'security',
  name: 'master key',
  async run({ keys }) {
    try {
      const ring = await keys()
      return ring ? { checked: ring.keys.length, findings: [] } : skipped('There is no master key.')
    } catch (thrown) {
      if (!(thrown instanceof MigrateError)) throw thrown
      // the message never repeats any of the key
      const { message, hint: fix } = thrown
      const at = { object: 'master key' }
      const finding = { code: 'KEY_UNUSABLE', severity: 'error', message, at, fix } as const
      return { checked: 1, findings: [finding] }
    }
  },
}
