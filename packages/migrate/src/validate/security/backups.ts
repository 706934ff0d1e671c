import {
  type Catalogue,
  type CatalogueEntry,
  entriesOf,
  isOf,
  readCatalogue,
} from '../../backup/catalogue/catalogue.ts'
import { databaseIdOf } from '../../backup/catalogue/index-file.ts'
import type { Finding } from '../../finding.ts'
import { type Check, skipped } from '../check.ts'
import type { Scene } from '../scene.ts'

const DAY_MS = 86_400_000
/** A database that was made since needs no backup yet; one that is older has one that is younger. */
const MOST_DAYS = 7

/** The newest backup is young, and what the index lists is there. Reads no backup: `backup --verify` does. */
export const backups: Check = {
  category: 'security',
  name: 'backups',
  async run(scene) {
    const { backup } = scene.settings
    if (backup === 'off') return skipped('Backups are turned off in the configuration.')
    if (typeof backup === 'object') return skipped('A command of yours makes the backups.')
    const catalogue = await readCatalogue(scene.backupFolder)
    const entries = entriesOf(catalogue, databaseIdOf(scene.dialect))
    return {
      checked: entries.length,
      findings: [
        ...faults(scene, catalogue),
        ...entries.filter(isUnproven).map(unproven),
        ...ages(
          scene,
          entries.find((entry) => !isUnproven(entry)),
        ),
      ],
    }
  },
}

/** Others' files in the same folder are their affair; the index is everybody's. */
function faults({ dialect }: Scene, { findings, unusable }: Catalogue): Finding[] {
  const others = new Set(
    unusable
      .filter(({ listed }) => !isOf(listed.database, databaseIdOf(dialect)))
      .map(({ finding }) => finding),
  )
  return findings.filter((finding) => !others.has(finding))
}

const isUnproven = ({ manifest }: CatalogueEntry): boolean => manifest.verified.checks.length === 0

const unproven = ({ file }: CatalogueEntry): Finding => ({
  code: 'BACKUP_UNPROVEN',
  severity: 'warning',
  message: `Nothing was proved of the backup ${file} before it was listed.`,
  at: { file },
  fix: `\`backup --verify ${file} --restore-test\``,
})

function ages(scene: Scene, newest: CatalogueEntry | undefined): Finding[] {
  const since = newest?.manifest.takenAt ?? startOf(scene)
  if (since === null) return []
  const days = Math.floor((Date.now() - Date.parse(since)) / DAY_MS)
  if (days < MOST_DAYS) return []
  return [
    {
      code: 'BACKUP_OLD',
      severity: 'warning',
      message: newest
        ? `The newest verified backup is ${days} days old.`
        : `The database is ${days} days old, and ${scene.backupFolder} holds no verified backup of it.`,
      at: { file: newest?.file ?? scene.backupFolder },
      fix: 'Make one with `backup`, and let it be made every day.',
    },
  ]
}

/** When the first version was applied; null where nothing was. */
function startOf({ journal }: Scene): string | null {
  const times = [...journal.rows.values()].map(({ appliedAt }) => appliedAt)
  return times.reduce<string | null>(
    (first, time) => (first === null || time < first ? time : first),
    null,
  )
}
