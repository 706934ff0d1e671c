import type {
  BackupList,
  BackupResult,
  CleanupResult,
  ListedBackup,
  PromoteResult,
} from '../../run/backup.ts'
import type { BackupVerification } from '../../run/verify-backups.ts'
import { bytes, counted, time } from './format.ts'
import { findingList, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** How long ago, in the largest unit that fits: `3 days`. */
export function age(iso: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000))
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  for (const [unit, size] of units) {
    if (seconds >= size) return counted(Math.floor(seconds / size), unit)
  }
  return counted(seconds, 'second')
}

export const renderBackup = ({ file, manifest, removed }: BackupResult): string =>
  [
    `Backup: ${file}`,
    `${bytes(manifest.bytes)}, verified, ${atVersion(manifest.schema.version)}.`,
    removed.length ? `The rotation removed ${counted(removed.length, 'older backup')}.` : '',
  ]
    .filter(Boolean)
    .join('\n')

export const atVersion = (version: string | null): string =>
  version === null ? 'before any version' : `at ${version}`

export function renderBackups(list: BackupList, view: View): string {
  const { backups, unlisted, others, folder, findings } = list
  return paragraphs(
    backups.length ? listed(backups, view) : `There is no backup of this database in ${folder}.`,
    unlisted.length
      ? `Not in the index; the next backup takes in those that are whole:\n${unlisted.map(({ file }) => `  ${file}`).join('\n')}`
      : '',
    others.length ? `Of other databases:\n${othersTable(others, view)}` : '',
    findingList(findings, view),
  )
}

const othersTable = (others: readonly ListedBackup[], view: View): string =>
  table(
    others,
    [
      { value: ({ manifest }) => time(manifest.takenAt), color: () => 'dim' },
      { value: ({ manifest }) => manifest.database.identity, shrinks: true },
      { value: ({ file }) => file },
    ],
    view,
  )

const listed = (backups: readonly ListedBackup[], view: View): string =>
  table(
    backups,
    [
      { value: ({ manifest }) => time(manifest.takenAt), color: () => 'dim' },
      { value: ({ manifest }) => age(manifest.takenAt), align: 'right', optional: true },
      { value: ({ manifest }) => bytes(manifest.bytes), align: 'right' },
      { value: ({ manifest }) => manifest.schema.version ?? '(no version)', shrinks: true },
      { value: ({ tiers }) => tiers.join(' '), optional: true },
      { value: why, optional: true, color: () => 'dim' },
      { value: packing, optional: true, color: () => 'dim' },
      { value: ({ manifest }) => manifest.file },
    ],
    view,
  )

const why = ({ manifest: { reason } }: ListedBackup): string =>
  reason.kind === 'manual' ? 'manual' : `before ${reason.verb}`

const packing = ({ manifest: { compression, encryption } }: ListedBackup): string =>
  [compression === 'none' ? '' : compression, encryption ? 'encrypted' : '']
    .filter(Boolean)
    .join(' ')

/** How backups stand in a list to choose from. */
export function backupLabels(backups: readonly ListedBackup[]): string[] {
  const rows = backups.map((backup) => {
    const { takenAt, bytes: size, schema } = backup.manifest
    return [
      time(takenAt),
      `${age(takenAt)} ago`,
      bytes(size),
      atVersion(schema.version),
      [why(backup), packing(backup)].filter(Boolean).join(' '),
      'verified',
    ]
  })
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths?.[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function renderVerification(result: BackupVerification, view: View): string {
  const { backups, findings } = result
  const bad = backups.filter(({ ok }) => !ok).length
  return paragraphs(
    backups.length
      ? table(
          backups,
          [
            { value: ({ ok }) => (ok ? '✓' : '✗'), color: ({ ok }) => (ok ? 'green' : 'red') },
            { value: ({ file }) => file },
          ],
          view,
        )
      : '',
    findingList([...findings, ...backups.flatMap((backup) => backup.findings)], view),
    backups.length === 0 && findings.length === 0
      ? `There is no backup in ${result.folder}.`
      : bad > 0
        ? `${counted(bad, 'backup')} of ${backups.length} cannot be trusted.`
        : backups.length > 0
          ? `${counted(backups.length, 'backup')}, all as they were made.`
          : 'The index lists no backup.',
  )
}

export const renderPromotion = ({ outcome, file, tier }: PromoteResult): string =>
  outcome === 'done'
    ? `It stands in ${tier} as well: ${file}`
    : `It stands in ${tier} already: ${file}`

export function renderCleanup(result: CleanupResult, view: View): string {
  const { kept, removed, findings, outcome } = result
  const freed = bytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))
  const would = outcome === 'planned'
  return paragraphs(
    kept.length
      ? `${would ? 'Would keep' : 'Kept'} ${counted(kept.length, 'backup')}:\n${table(
          kept,
          [
            { value: () => '·', color: () => 'green' },
            { value: ({ file }) => file },
            { value: ({ reasons }) => reasons.join(', '), shrinks: true, color: () => 'dim' },
          ],
          view,
        )}`
      : 'There is no backup of this database.',
    removed.length
      ? `${would ? 'Would remove' : 'Removed'} ${counted(removed.length, 'file')}, ${freed}:\n${table(
          removed,
          [
            { value: () => '✗', color: () => 'yellow' },
            { value: ({ file }) => file },
            { value: ({ bytes: size }) => bytes(size), align: 'right', color: () => 'dim' },
          ],
          view,
        )}`
      : would
        ? 'Nothing to remove.'
        : 'Nothing was removed.',
    findingList(findings, view),
  )
}
