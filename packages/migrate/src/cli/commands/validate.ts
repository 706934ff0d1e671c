import type { Migrator } from '../../api.ts'
import { MigrateError } from '../../errors.ts'
import { CATEGORIES } from '../../finding.ts'
import { type Answer, defineCommand, type OptionValues } from '../command.ts'
import type { JsonResults } from '../json.ts'
import {
  alone,
  CHANGE_OPTIONS,
  changeOverrides,
  choice,
  count,
  DRY_RUN,
  flag,
  flagName,
  text,
} from '../options.ts'

const ALL = 'all'

const options = {
  category: choice([...CATEGORIES, ALL], 'what to check (default: all)'),
  sample: count('N', 'look at about N rows of each table (default: all)'),
  deep: flag('also check indexes against their tables, with PostgreSQL’s amcheck'),
  fix: flag('mend what is safe and can be undone, then check again'),
  restoreQuarantined: alone(
    ALL,
    text('TABLE', 'put back rows that --fix moved and whose parents are there again'),
  ),
  ...DRY_RUN,
  ...CHANGE_OPTIONS,
}

type Given = OptionValues<typeof options>

export default defineCommand({
  name: 'validate',
  summary: 'Check the database, and mend it',
  description:
    'schema, indexes, constraints: what is there against what the applied versions make, and whether it holds. data: what the rows must be. security: who can do and read what. tracking: the journal against the files, and its log against itself. Writes nothing without --fix or --restore-quarantined. --fix takes a verified backup; orphaned rows go to quarantine_<table> together with what belongs to them, indexes are built, expected rows added: no row is lost, and each step is recorded. Exits with 3 while something is wrong.',
  options,
  examples: [
    { line: 'validate', does: 'Check everything.' },
    { line: 'validate --category tracking', does: 'Check the journal only.' },
    { line: 'validate --fix --dry-run', does: 'What could be mended here.' },
    { line: 'validate --fix', does: 'Mend it.' },
    { line: 'validate --restore-quarantined dispensers', does: 'Put rows back.' },
  ],
  async run({ options: given, migrator }): Promise<Answer<JsonResults['validate']>> {
    assertFits(given)
    const project = await migrator(changeOverrides(given))
    if (given.restoreQuarantined !== undefined) return restore(project, given)
    return given.fix ? mend(project, given) : check(project, given)
  },
})

/** Throws USAGE for options that exclude each other, or mean nothing without another. */
function assertFits(given: Given): void {
  const restores = given.restoreQuarantined !== undefined
  const changes = (['dryRun', 'noBackup', 'wait'] as const).find((key) => given[key])
  if (changes && !given.fix && !restores) {
    throw usage(`${flagName(changes)} belongs to --fix or --restore-quarantined`)
  }
  const looks = (['fix', 'category', 'sample', 'deep'] as const).find((key) => given[key])
  if (looks && restores) {
    throw usage(`--restore-quarantined and ${flagName(looks)} exclude each other`)
  }
}

const usage = (why: string): MigrateError => new MigrateError('USAGE', { message: `${why}.` })

const selected = ({ category = ALL, sample, deep }: Given) => ({
  ...(category !== ALL && { categories: [category] }),
  ...(sample !== undefined && { sample }),
  deep,
})

async function check(project: Migrator, given: Given): Promise<Answer<JsonResults['validate']>> {
  const result = await project.validate(selected(given))
  return {
    result,
    exit: result.ok ? 0 : 3,
    text: async (view) => (await import('../render/validation.ts')).renderValidation(result, view),
  }
}

async function mend(project: Migrator, given: Given): Promise<Answer<JsonResults['validate']>> {
  const { dryRun, noBackup } = given
  const result = await project.mend({ ...selected(given), dryRun, backup: !noBackup })
  return {
    result,
    exit: result.validation.ok && result.failures.length === 0 ? 0 : 3,
    text: async (view) => (await import('../render/mends.ts')).renderMends(result, view),
  }
}

async function restore(project: Migrator, given: Given): Promise<Answer<JsonResults['validate']>> {
  const { dryRun, noBackup, restoreQuarantined: table } = given
  const result = await project.restoreQuarantined({
    dryRun,
    backup: !noBackup,
    ...(table !== undefined && table !== ALL && { table }),
  })
  return {
    result,
    exit: result.findings.every(({ severity }) => severity === 'info') ? 0 : 3,
    text: async (view) => (await import('../render/mends.ts')).renderReturn(result, view),
  }
}
