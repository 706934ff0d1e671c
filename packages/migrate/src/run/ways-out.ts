import type { JournalRow } from '../journal/read.ts'
import type { RepairAction } from './repair.ts'

/** What an attempt left in the database, by keys: `table a`, `index a.i`. */
export interface LeftBehind {
  /** Just as the version makes it. */
  readonly objects: readonly string[]
  /** Of a name that the version gives, but another definition: an index that is not valid among them. */
  readonly different: readonly string[]
  /** What it took from the versions before it. */
  readonly damaged: readonly string[]
}

/** What is wrong with a version; null: nothing is. */
export type Problem = 'running' | 'failed' | 'changed' | 'missing' | 'newer' | 'unknown status'

export interface WayOut {
  /** What is true then, or what you do. */
  readonly means: string
  /** What to type, in backticks and without the command line's name; null where there is no command for it. */
  readonly fix: string | null
  readonly does:
    | { readonly kind: 'repair'; readonly action: RepairAction }
    | { readonly kind: 'rollback'; readonly force: boolean }
    | { readonly kind: 'migrate' }
    | { readonly kind: 'by hand' }
}

export interface Circumstances {
  readonly problem: Problem
  readonly row: JournalRow
  readonly hasFile: boolean
  /** Null where it is not known. */
  readonly left: LeftBehind | null
  /** Whether a run holds the lock now. */
  readonly isLocked: boolean
}

/** What can be done about a version, the safest first. Which of them is true only people know. */
export function waysOut(found: Circumstances): WayOut[] {
  const { version } = found.row
  switch (found.problem) {
    case 'running':
      return [
        ...(found.isLocked ? [byHand('A run holds the lock, perhaps this one: wait for it.')] : []),
        ...(found.hasFile ? removal(found) : [byHand('Bring its file back, and look again.')]),
        ...settings(found),
        ...(found.hasFile ? [] : [forget(version)]),
      ]
    case 'failed':
      return [
        again(found),
        ...(found.row.metadata.partial ? removal(found) : []),
        ...settings(found),
      ]
    case 'changed':
      return [
        byHand('Put the file back as it was, and make the change in a new migration.'),
        repair(version, { kind: 'accept-checksum' }, [
          'The file is right as it is now, and the database is what it makes: a comment was changed, say.',
          '--accept-checksum',
        ]),
      ]
    case 'missing':
      return [byHand('Bring the file back.'), forget(version)]
    case 'newer':
      return [byHand('Deploy the code that knows this version.'), forget(version)]
    case 'unknown status':
      return [...settings(found), ...(found.hasFile ? [] : [forget(version)])]
  }
}

const byHand = (means: string): WayOut => ({ means, fix: null, does: { kind: 'by hand' } })

const repair = (
  version: string,
  action: RepairAction,
  [means, flag]: readonly [means: string, flag: string],
): WayOut => ({
  means,
  fix: `\`repair --version ${version} ${flag} --reason "…"\``,
  does: { kind: 'repair', action },
})

const forget = (version: string): WayOut =>
  repair(version, { kind: 'forget' }, [
    'Its file is gone for good: the journal is to forget it. What it made stays.',
    '--forget',
  ])

const again = ({ row, left }: Circumstances): WayOut => ({
  means:
    row.metadata.partial && left?.objects.length !== 0
      ? 'Correct what it failed for and run it again; it meets what it left.'
      : 'Correct what it failed for and run it again.',
  fix: '`migrate`',
  does: { kind: 'migrate' },
})

/** What removes leftovers; the backup where they are not all that the attempt did. */
function removal({ row: { version }, left }: Circumstances): WayOut[] {
  if (left === null) return []
  if (left.damaged.length > 0) {
    return [
      {
        means:
          'Restore the backup that was taken before it: what it took away does not come back otherwise.',
        fix: '`restore --interactive`',
        does: { kind: 'by hand' },
      },
    ]
  }
  const force = left.different.length > 0
  return [
    {
      means: force
        ? 'Remove what it left, and what has its names but is not as it makes it; then it is pending again.'
        : left.objects.length > 0
          ? 'Remove what it left; then it is pending again.'
          : 'It left nothing in the schema: record that; then it is pending again.',
      fix: `\`rollback --version ${version}${force ? ' --force' : ''}\``,
      does: { kind: 'rollback', force },
    },
  ]
}

function settings({ row: { version }, hasFile }: Circumstances): WayOut[] {
  const set = (status: 'applied' | 'rolled_back', means: string): WayOut =>
    repair(version, { kind: 'set', status }, [means, `--set ${status}`])
  return [
    ...(hasFile ? [set('applied', 'You have looked, and all of it is there.')] : []),
    set('rolled_back', 'You have looked, and nothing of it is there; then it is pending again.'),
  ]
}
