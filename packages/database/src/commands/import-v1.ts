import { resolve } from 'node:path'
import {
  type Answer,
  CHANGE_OPTIONS,
  changeOverrides,
  choice,
  DRY_RUN,
  defineCommand,
  flag,
  MigrateError,
  type Migrator,
  many,
  type OptionValues,
  renderFindings,
  text,
} from '@fossawork/migrate'
import { parseCost } from '../credentials/passwords.ts'
import { type ImportResult, importV1 } from '../v1/import/import.ts'
import { retryQuarantine } from '../v1/import/retry-quarantine.ts'
import { type QuarantineList, showQuarantine } from '../v1/import/show-quarantine.ts'
import { openReport } from '../v1/import/write-report.ts'

const options = {
  v1Data: text('DIR', "V1's data directory, the one that holds users/ and settings.json"),
  user: many(text('ID', 'only this user of V1, by id or e-mail; may be given several times')),
  onConflict: choice(
    ['keep', 'replace'],
    "what becomes of a row that V2 has changed since: it stays, or V1's takes its place (default: it stays, and the exit status is 3)",
  ),
  report: text('FILE', 'write the whole report there, as JSON'),
  noArchive: flag('do not archive the V1 directory first'),
  argon2: {
    ...text('COST', "of the passwords' hashes (default: m=19456,t=2,p=1; memory in KiB)"),
    parse: parseCost,
  },
  showQuarantine: flag('show what could not be imported, its secrets masked; needs no --v1-data'),
  retryQuarantine: flag('take what could not be imported again, as it was kept'),
  ...DRY_RUN,
  ...CHANGE_OPTIONS,
}

type Given = OptionValues<typeof options>
type ImportAnswer = Answer<ImportResult | QuarantineList>

export default defineCommand({
  name: 'import-v1',
  summary: "Move V1's data directory into the database",
  description:
    'Takes a verified backup, archives the V1 directory as one encrypted file beside the backups, then brings every record where it belongs: passwords as hashes, other secrets encrypted, what cannot be imported into quarantine with the reason. Every record is accounted for, every row is read back and compared, and the database is validated. A second run imports only what is new or changed, and never overwrites what V2 changed; one that was interrupted goes on. V1 must not run meanwhile.',
  options,
  examples: [
    {
      line: 'import-v1 --v1-data ./data --dry-run',
      does: 'What would come of it; writes nothing.',
    },
    { line: 'import-v1 --v1-data ./data', does: 'Move it.' },
    { line: 'import-v1 --show-quarantine', does: 'What could not be imported, and why.' },
  ],
  async run({ options: given, cwd, migrator: open, note }): Promise<ImportAnswer> {
    refuseStrays(given)
    const migrator = await open(changeOverrides(given))
    if (given.showQuarantine) return show(migrator)
    const report = given.report === undefined ? null : await openReport(resolve(cwd, given.report))
    const result = given.retryQuarantine
      ? await retryQuarantine(migrator, common(given))
      : await importV1(migrator, {
          ...common(given),
          v1Data: resolve(cwd, given.v1Data ?? ''),
          archive: !given.noArchive,
          ...(given.user && { users: given.user }),
        })
    await report?.write(result)
    const { validation } = result
    // the answer itself is the same as a dry run's
    if (validation?.ok === false) note((view) => renderFindings(validation.findings, '', view))
    return answer(result, given)
  },
})

const common = ({ dryRun, noBackup, onConflict, argon2 }: Given) => ({
  dryRun,
  backup: !noBackup,
  ...(onConflict && { onConflict }),
  ...(argon2 && { cost: argon2 }),
})

async function show(migrator: Migrator): Promise<ImportAnswer> {
  const result = await showQuarantine(migrator)
  return {
    result,
    exit: result.records.length ? 3 : 0,
    text: async (view) =>
      (await import('../render/import.ts')).renderQuarantine(result.records, view),
  }
}

function answer(result: ImportResult, { onConflict }: Given): ImportAnswer {
  const { quarantined, conflict } = result.report.totals
  const isSound = result.validation?.ok ?? true
  return {
    result,
    exit: !isSound || quarantined > 0 || (conflict > 0 && onConflict !== 'keep') ? 3 : 0,
    text: async (view) => (await import('../render/import.ts')).renderReport(result.report, view),
  }
}

/** What excludes each other, or is missing. */
function refuseStrays(given: Given): void {
  const { v1Data, showQuarantine, retryQuarantine } = given
  const quarantine = showQuarantine || retryQuarantine
  const strays: readonly (readonly [boolean, string])[] = [
    [
      showQuarantine && retryQuarantine,
      '--show-quarantine and --retry-quarantine exclude each other.',
    ],
    [
      quarantine && v1Data !== undefined,
      'What is in quarantine is in the database: --v1-data does not belong to it.',
    ],
    [
      quarantine && (given.user !== undefined || given.noArchive),
      '--user and --no-archive belong to --v1-data.',
    ],
    [
      showQuarantine &&
        (given.dryRun ||
          given.report !== undefined ||
          given.onConflict !== undefined ||
          given.argon2 !== undefined),
      '--show-quarantine takes none of the options of an import.',
    ],
  ]
  const stray = strays.find(([isStray]) => isStray)
  if (stray) throw new MigrateError('USAGE', { message: stray[1], hint: 'See `import-v1 --help`.' })
  if (quarantine || v1Data !== undefined) return
  throw new MigrateError('OPTION_MISSING', {
    message: "import-v1 needs --v1-data <DIR>: V1's data directory.",
    hint: 'See `import-v1 --help`.',
  })
}
