import type { BackupPort } from './port.ts'

type Told = 'extension' | 'restoreFolder'

/** A dialect's backups, loaded when they are first used; what is told without is `told`. */
export const lazyBackup = (
  told: Pick<BackupPort, Told>,
  load: () => Promise<Omit<BackupPort, Told>>,
): BackupPort => ({
  ...told,
  probe: async () => (await load()).probe(),
  copy: async (file, options) => (await load()).copy(file, options),
  read: async (raw, signal) => (await load()).read(raw, signal),
  rows: async () => (await load()).rows(),
  restoreState: async () => (await load()).restoreState(),
  prepare: async (raw, options) => (await load()).prepare(raw, options),
  removeAbandoned: async () => (await load()).removeAbandoned(),
  previous: async () => (await load()).previous(),
  previousNotes: async (name) => (await load()).previousNotes(name),
  discardPrevious: async (name) => (await load()).discardPrevious(name),
})
