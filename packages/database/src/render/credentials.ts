import { bytes, counted, duration, renderFindings, table, type View } from '@fossawork/migrate'
import type { Census } from '../credentials/census.ts'
import { type EncryptResult, UNSEEN } from '../credentials/encrypt.ts'
import type { OlderBackup } from '../credentials/older-backups.ts'
import type { KeyUse } from '../credentials/retire.ts'
import type { RotateResult } from '../credentials/rotate.ts'
import type { Standing } from '../credentials/scan.ts'
import type { TableSize } from '../credentials/table-sizes.ts'

/** Of VACUUM FULL with the indexes, in bytes a second, on a slow disk. Measured on an SSD: 129 MB/s (PostgreSQL 15). */
const VACUUM_RATE = 25_000_000

/** What an encryption found and did, or would do. */
export function renderEncryption(result: EncryptResult, view: View): string {
  const { census, outcome, users } = result
  const whose =
    users === null ? '' : ` of ${users.length === 1 ? 'the user' : 'the users'} ${users.join(', ')}`
  const { clear } = census.total
  const planned = outcome === 'planned'
  return paragraphs(
    planned
      ? `${secrets(clear)}${whose} ${clear === 1 ? 'stands' : 'stand'} in clear${clear ? ':' : '.'}`
      : outcome === 'nothing'
        ? idle(result, whose)
        : result.sealed + result.hashed === 0
          ? `No secret${whose} stood in clear.`
          : `Encrypted ${secrets(result.sealed)}${whose} with the key ${view.paint('bold', result.key)}${hashed(result)}${clear ? ':' : '.'}`,
    outcome === 'nothing' ? '' : counts(census, 'clear', view),
    planned && clear ? people(census, 'clear', view) : '',
    planned && result.purges.length ? renderPurge(result.purges, view) : '',
    outcome === 'done' ? proof(result) : '',
    result.retired.map(retired).join('\n'),
    olderBackups(result.olderBackups, view),
    result.findings.length ? renderFindings(result.findings, '', view) : '',
    planned ? 'Nothing was written.' : '',
  )
}

const isDoubtful = ({ findings }: EncryptResult): boolean =>
  findings.some(({ code }) => UNSEEN.has(code))

const idle = (result: EncryptResult, whose: string): string => {
  const { primary, older } = result.census.total
  const rest = isDoubtful(result)
    ? 'and none stands in clear in what can be read.'
    : 'and none stands in clear.'
  return `Nothing to do: ${primary + older} secrets${whose} are encrypted, ${rest}`
}

const hashed = ({ hashed }: EncryptResult): string =>
  hashed ? `, and hashed ${counted(hashed, 'password')}` : ''

function proof(result: EncryptResult): string {
  const { purge, backup, findings, users } = result
  const scanned = users === null ? 'every place' : 'what belongs to them'
  const left = users === null ? 'none is left in clear' : 'none of theirs is left in clear'
  return [
    findings.some(({ code }) => code === 'SECRET_IN_CLEAR')
      ? ''
      : isDoubtful(result)
        ? `A scan of ${scanned} found that ${left}, but for what could not be read.`
        : `A scan of ${scanned} proved that ${left}${users === null ? '' : '; nobody else was looked at'}.`,
    purge === 'done' ? 'What was overwritten is purged from the database.' : '',
    backup === null ? '' : `Backup, encrypted: ${backup}`,
  ]
    .filter(Boolean)
    .join('\n')
}

const retired = (id: string): string =>
  `The key ${id} is retired: nothing needs it that can be seen from here.`

/** What a purge writes anew, how long that may take, and what it keeps others from. */
export function renderPurge(purges: readonly TableSize[], view: View): string {
  const total = purges.reduce((sum, { bytes }) => sum + bytes, 0)
  const about = duration(Math.max(1000, (total / VACUUM_RATE) * 1000))
  if (purges[0]?.table === '') {
    return `The purge writes the whole file anew, ${bytes(total)}: about ${about}. It takes room for a second copy, and writers wait meanwhile.`
  }
  return `Against what stays of old values, the purge writes these tables anew (VACUUM FULL), ${bytes(total)}: about ${about} on a slow disk.
${table(
  purges,
  [{ value: ({ table }) => table }, { value: ({ bytes: size }) => bytes(size), align: 'right' }],
  view,
)}
Each is locked meanwhile (ACCESS EXCLUSIVE): nobody reads or writes it, and it takes room for a second copy. The server's WAL still holds old values until checkpoints recycle it; archives of the WAL and standbys' backups are out of reach.`
}

/** What a new key means for those who have the old one. */
export const renderNewKey = (key: string): string =>
  `Applications that run know the key ${key}, and not the new one: what is sealed with it they cannot read until they are restarted.
Where that must not be, let every machine know the key first. Append it to each key file below the primary one, and restart; then move it to the front in each, and restart; then run this again, which makes no further key.`

/** What a rotation did, or would do. */
export function renderRotation(result: RotateResult, view: View): string {
  const { outcome, key, newKey, moved, findings } = result
  const name = view.paint('bold', key)
  const planned = outcome === 'planned'
  return paragraphs(
    planned
      ? newKey
        ? `A new primary key would take the place of ${name}, and ${secrets(moved)} would be sealed anew with it.`
        : `Secrets are on older keys: ${moved} would be sealed anew with the primary key ${name}, and no further key made.`
      : `Sealed ${secrets(moved)} anew with the ${newKey ? 'new primary key' : 'primary key'} ${name}.`,
    counts(result.census, newKey ? 'primary' : 'older', view),
    planned ? '' : result.others.map(keyLine).join('\n'),
    result.backup === null ? '' : `Backup, encrypted: ${result.backup}`,
    findings.length ? renderFindings(findings, '', view) : '',
    planned
      ? 'Nothing was written.'
      : `Keep a copy of the key file where the backups are not.${newKey ? ' Applications that were started before know only the old key: restart them.' : ''}`,
  )
}

function keyLine({ id, retired: isRetired, neededBy }: KeyUse): string {
  if (isRetired) return retired(id)
  const { secrets: own, backups, archives } = neededBy
  const needing = [
    own ? secrets(own) : '',
    backups ? counted(backups, 'backup') : '',
    archives ? counted(archives, 'archive') : '',
  ].filter(Boolean)
  return needing.length
    ? `The key ${id} must stay in its file: ${needing.join(' and ')} cannot be read in full without it.`
    : `Nothing needs the key ${id} any more that can be seen from here.`
}

const secrets = (count: number): string => counted(count, 'secret')

const counts = (census: Census, which: Standing, view: View): string =>
  table(
    census.columns.filter((column) => column[which] > 0),
    [
      { value: ({ table, column }) => `${table}.${column}` },
      { value: (column) => String(column[which]), align: 'right' },
    ],
    view,
  )

/** So many users are listed. */
const LISTED = 20

function people(census: Census, which: Standing, view: View): string {
  const some = census.users.filter((user) => user[which] > 0)
  const rest = some.length - LISTED
  return [
    `Of ${counted(some.length, 'user')}:`,
    table(
      some.slice(0, LISTED),
      [
        { value: ({ user }) => user ?? '(nobody)' },
        { value: (user) => String(user[which]), align: 'right' },
      ],
      view,
    ),
    rest > 0 ? `  and ${rest} more; --json has them all` : '',
  ]
    .filter(Boolean)
    .join('\n')
}

const olderBackups = (backups: readonly OlderBackup[], view: View): string =>
  backups.length === 0
    ? ''
    : `Older backups:\n${table(
        backups,
        [
          { value: ({ became }) => (became === 'named' ? 'in clear' : became) },
          { value: ({ takenAt }) => takenAt ?? '' },
          { value: ({ file }) => file },
        ],
        view,
      )}`

const paragraphs = (...parts: readonly string[]): string => parts.filter(Boolean).join('\n\n')
