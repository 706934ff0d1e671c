import {
  type RightFault,
  type RightsReview,
  type RoleNames,
  type RolesPort,
  rightOf,
} from '../dialect/roles-port.ts'
import type { Session } from '../dialect/session.ts'
import { MigrateError } from '../errors.ts'
import type { RunContext } from './context.ts'
import { ensureJournal } from './ensure-journal.ts'
import { assertExists } from './gather.ts'
import { closeFiles } from './grants-files.ts'
import type { GrantsOptions, GrantsResult } from './grants-result.ts'
import type { LockedRun } from './locked-run.ts'
import { withReader } from './reader.ts'
import { assertOurs } from './refuse.ts'
import { retryOnLocks } from './retry.ts'
import { withLock } from './session.ts'
import { inTransaction } from './transaction.ts'

/** A right that came from everybody's is granted by itself once everybody's is gone. */
const ROUNDS = 3

/**
 * The least rights that the roles need, against those that they have. `apply` sets them in one transaction under the run
 * lock, and proves them before it commits; no row is touched, so no backup is taken. Before the first `migrate` there are
 * only the database, its schema and what is to come to look at, so that `migrate` can run as the role that migrates.
 * Throws USAGE, OPTION_MISSING, ROLE_MISSING, RIGHTS_INCOMPLETE, PERMISSION_DENIED, JOURNAL_FOREIGN.
 */
export async function grants(ctx: RunContext, options: GrantsOptions): Promise<GrantsResult> {
  const { dialect } = ctx
  assertTwo(options.roles)
  await assertExists(dialect)
  const port = await dialect.roles()
  if (!port) return closeFiles(ctx, options)
  const seen = await withReader(dialect, async (session) => {
    await assertRoles(port, session, options.roles)
    return review(ctx, port, session, options.roles)
  })
  const before = resultOf(seen, options.roles)
  if (seen.faults.length === 0) return { ...before, outcome: 'nothing' }
  if (!options.apply) return { ...before, outcome: 'planned' }
  const locking = { purpose: 'grants', waitMs: options.waitMs, load: 'pending' } as const
  const statements = await withLock(ctx, locking, (run) => {
    const { journal } = run.world
    if (journal.kind !== 'none') assertOurs(journal)
    return retryOnLocks(ctx, run.writer, null, () => apply(ctx, run, port, options.roles))
  })
  return { ...before, outcome: 'done', statements }
}

const resultOf = ({ checked, hasJournal, faults }: RightsReview, roles: RoleNames) => ({
  hasJournal,
  roles,
  checked,
  faults,
  statements: statementsOf(faults),
  files: [],
})

/** One may mend several faults. */
const statementsOf = (faults: readonly RightFault[]): string[] => [
  ...new Set(
    faults.flatMap(({ statement, byHand }) => (byHand || statement === null ? [] : [statement])),
  ),
]

const review = (
  { settings }: RunContext,
  port: RolesPort,
  session: Pick<Session, 'query'>,
  roles: RoleNames,
): Promise<RightsReview> => port.review(session, roles, settings.ownTables)

function assertTwo({ app, admin }: RoleNames): void {
  if ([app, admin].some((name) => name?.toLowerCase() === 'public')) {
    throw new MigrateError('USAGE', {
      message: 'PUBLIC is no role: it stands for everybody.',
      hint: 'Name a role of its own with --app-role, and another one with --admin-role.',
    })
  }
  if (app === null || app !== admin) return
  throw new MigrateError('USAGE', {
    message: `${app} is named as the application's role and as the one that migrates: it could not be kept from anything.`,
    hint: 'Name two roles with --app-role and --admin-role.',
  })
}

async function assertRoles(
  port: RolesPort,
  session: Session,
  { app, admin }: RoleNames,
): Promise<void> {
  const named = [app, admin].filter((name) => name !== null)
  if (named.length === 0) {
    throw new MigrateError('OPTION_MISSING', {
      message: 'grants needs to know the roles, and the configuration names none.',
      hint: 'Pass --app-role R, --admin-role R or both, or set `roles` in the configuration.',
    })
  }
  const missing = await port.missing(session, named)
  if (missing.length === 0) return
  throw new MigrateError('ROLE_MISSING', {
    message: `The server has no role ${missing.join(' and no role ')}.`,
    hint: `As a superuser, run: ${missing.map((name) => `CREATE ROLE ${quoted(name)} LOGIN;`).join(' ')} Then give it a password with psql's \\password, which sends none in clear.`,
  })
}

const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

/** Runs what is to be run until nothing is left to do. All of it, or nothing. */
function apply(
  ctx: RunContext,
  run: LockedRun,
  port: RolesPort,
  roles: RoleNames,
): Promise<readonly string[]> {
  const { writer, recorder, world } = run
  const hasJournal = world.journal.kind !== 'none'
  return inTransaction(run, async () => {
    // its tables are kept from the application only where they are there
    if (hasJournal) await ensureJournal(ctx, recorder)
    const done: string[] = []
    for (let round = 1; ; round++) {
      const { faults } = await review(ctx, port, writer, roles)
      const statements = statementsOf(faults)
      if (statements.length === 0 || round > ROUNDS) {
        if (faults.length > 0) throw incomplete(faults)
        break
      }
      const script = statements.map((text) => ({ text, offset: 0 }))
      await writer.runScript(script, () => {})
      done.push(...statements)
    }
    const { app, admin } = roles
    const detail = { app, admin, statements: done.length }
    if (hasJournal) await recorder.append({ event: 'grants_applied', detail })
    return done
  })
}

function incomplete(faults: readonly RightFault[]): MigrateError {
  const [first] = faults as [RightFault]
  const rest = faults.length > 1 ? `, and ${faults.length - 1} more` : ''
  return new MigrateError('RIGHTS_INCOMPLETE', {
    message: `The rights cannot be made what they should be: ${first.role} would still ${first.kind === 'excess' ? 'have' : 'lack'} ${rightOf(first)}${rest}. Nothing was changed.`,
    hint: `${wayOut(first, faults)} Then run \`grants --apply\` again.`,
  })
}

function wayOut({ advice }: RightFault, faults: readonly RightFault[]): string {
  if (advice !== null) return `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.`
  const statements = [...new Set(faults.flatMap(({ statement }) => statement ?? []))].slice(0, 3)
  const run = statements.map((text) => `\`${text};\``).join(' ')
  return `It may come from another role that it is a member of, or was granted by another user. As a superuser, look at it, and run: ${run}.`
}
