import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Migrator } from '../../api.ts'
import { MigrateError } from '../../errors.ts'
import type { BackupChoice } from '../../run/choose-backup.ts'
import { type Answer, type CommandContext, defineCommand, type OptionValues } from '../command.ts'
import type { JsonResults } from '../json.ts'
import { CHANGE_OPTIONS, changeOverrides, choice, DRY_RUN, flag, text, YES } from '../options.ts'

const { backupDir, wait } = CHANGE_OPTIONS

const options = {
  latest: flag('the newest backup of this database'),
  category: choice(['daily', 'weekly', 'monthly'], 'with --latest, the newest of this tier'),
  backupFile: text('FILE', 'this backup, perhaps one that another tool made'),
  interactive: flag('choose from a list'),
  force: flag('ask nothing, and end the connections of others'),
  noBackup: flag(
    'take no backup of what is replaced; PostgreSQL keeps it under another name anyway',
  ),
  discardPrevious: flag('remove what earlier restores replaced and kept'),
  ...DRY_RUN,
  backupDir,
  wait,
  ...YES,
}

type Given = OptionValues<typeof options>

export default defineCommand({
  name: 'restore',
  summary: 'Put a backup in the place of the database',
  description:
    'Proves the backup, restores it beside the database, checks it there, backs up what is live, and swaps the two at once. Whatever fails before that leaves the database as it was. Says what would be lost, and asks. Afterwards it says which migrations are pending again, and validates.',
  options,
  examples: [
    { line: 'restore --latest', does: 'The newest backup.' },
    {
      line: 'restore --latest --category weekly --dry-run',
      does: 'What the newest weekly one would change.',
    },
    { line: 'restore --interactive', does: 'Choose one.' },
    {
      line: 'restore --backup-file backups/daily/backup_20250113_143022.db.gz',
      does: 'A file, be it the original tool’s.',
    },
    { line: 'restore --discard-previous', does: 'Remove what earlier restores kept.' },
  ],
  async run(context): Promise<Answer<JsonResults['restore']>> {
    const { options: given } = context
    const choose = choiceOf(given)
    const project = await context.migrator(changeOverrides(given))
    if (choose === 'discard') return discard(project, context)
    const from =
      choose === 'interactive' ? await pick(project, context) : inFolder(choose, context.cwd)
    const { dryRun, force, yes } = given
    const what = { from, backup: !given.noBackup }
    const { renderRestore, renderPreview, renderMeaning } = await import('../render/restore.ts')
    if (dryRun) {
      const result = await project.restore({ ...what, dryRun })
      return { result, text: (view) => renderPreview(result, view) }
    }
    let ends = force
    let chosen = from
    if (!force && !yes) {
      const found = await project.restore({ ...what, dryRun: true })
      const { clients } = found
      await context.confirm(
        question(clients, project.dialect),
        (view) => renderMeaning(found, view),
        clients > 0 ? 'Stop them, or pass --force.' : undefined,
      )
      ends = clients > 0
      // what was agreed to, whatever is the newest by now
      chosen = { file: found.file }
    }
    const result = await project.restore({ ...what, from: chosen, force: ends })
    // without a generated snapshot there is nothing to compare with, before as after
    const attention = result.findings.some(
      ({ severity, code }) => severity === 'error' && code !== 'SNAPSHOT_MISSING',
    )
    return { result, exit: attention ? 3 : 0, text: (view) => renderRestore(result, view) }
  },
})

/** Who agrees to this knows that others are connected. */
function question(clients: number, dialect: Migrator['dialect']): string {
  if (clients === 0) return 'Replace the database?'
  return dialect === 'postgres'
    ? `Replace the database, and end ${clients === 1 ? 'the connection' : `the ${clients} connections`} of others?`
    : `Replace the damaged file, although ${clients === 1 ? 'a program has' : `${clients} programs have`} it open?`
}

function choiceOf(given: Given): BackupChoice | 'interactive' | 'discard' {
  const { latest, backupFile, interactive, discardPrevious, category } = given
  const asked = [latest, backupFile !== undefined, interactive, discardPrevious]
  const count = asked.filter(Boolean).length
  if (count > 1) {
    throw new MigrateError('USAGE', {
      message: '--latest, --backup-file, --interactive and --discard-previous exclude each other.',
    })
  }
  if (category !== undefined && !latest) {
    throw new MigrateError('USAGE', { message: '--category belongs to --latest.' })
  }
  if (discardPrevious && given.noBackup) {
    throw new MigrateError('USAGE', { message: '--no-backup belongs to a restore.' })
  }
  if (discardPrevious) return 'discard'
  if (interactive) return 'interactive'
  if (backupFile !== undefined) return { file: backupFile }
  if (latest) return { latest, tier: category }
  throw new MigrateError('OPTION_MISSING', {
    message: 'restore needs to know which backup: --latest, --backup-file <FILE> or --interactive.',
    hint: 'See `backup --list` for those there are.',
  })
}

/** A name that is not there may be one in the backups' folder. */
function inFolder(choice: BackupChoice, cwd: string): BackupChoice {
  if (!('file' in choice)) return choice
  const path = resolve(cwd, choice.file)
  return existsSync(path) ? { file: path } : choice
}

async function pick(project: Migrator, context: CommandContext): Promise<BackupChoice> {
  const { backups, folder } = await project.backups()
  if (backups.length === 0) {
    throw new MigrateError('BACKUP_NOT_FOUND', {
      message: `There is no backup of ${project.location} in ${folder}.`,
    })
  }
  const { backupLabels } = await import('../render/backup.ts')
  const labels = backupLabels(backups)
  const file = await context.select(
    'Which backup?',
    backups.map((backup, at) => ({ value: backup.file, label: labels[at] as string })),
    'Pass --latest or --backup-file FILE.',
  )
  return { file }
}

async function discard(
  project: Migrator,
  { options: given, confirm }: CommandContext<typeof options>,
): Promise<Answer<JsonResults['restore']>> {
  const found = await project.discardPrevious({ dryRun: true })
  const { renderDiscarded } = await import('../render/restore.ts')
  if (given.dryRun || found.discarded.length === 0) {
    return { result: found, text: (view) => renderDiscarded(found, view) }
  }
  if (!given.force) {
    await confirm('Remove them for good?', (view) => renderDiscarded(found, view))
  }
  const result = await project.discardPrevious()
  const attention = result.findings.some(({ severity }) => severity === 'error')
  return { result, exit: attention ? 3 : 0, text: (view) => renderDiscarded(result, view) }
}
