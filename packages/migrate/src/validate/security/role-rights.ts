import { type RightFault, rightOf } from '../../dialect/roles-port.ts'
import type { Finding } from '../../finding.ts'
import { factOf, isTableOf } from '../../schema/diff.ts'
import type { Fact } from '../../schema/snapshot.ts'
import { type Check, type Checked, skipped, withExamples } from '../check.ts'
import { differencesOf } from '../differences.ts'
import type { Scene } from '../scene.ts'

/** The roles have the least rights that they need: what `grants` would change. */
export const roleRights: Check = {
  category: 'security',
  name: 'rights of the roles',
  async run(scene): Promise<Checked> {
    const { dialect, session, settings } = scene
    const roles = await dialect.roles()
    if (!roles) return skipped('SQLite has no roles.')
    const { app = null, admin = null } = settings.roles
    const named = [app, admin].filter((name) => name !== null)
    if (named.length === 0) return skipped('The configuration names no roles.')
    const missing = await roles.missing(session, named)
    const there = (name: string | null): string | null =>
      name === null || missing.includes(name) ? null : name
    if (missing.length === named.length) {
      return skipped(`The roles that the configuration names are not there: ${missing.join(', ')}.`)
    }
    const names = { app: there(app), admin: there(admin) }
    const unexplained = await unexplainedIn(scene)
    const left = [...settings.ownTables, ...unexplained.map(({ name }) => name)]
    const { checked, faults, strangers } = await roles.review(session, names, left)
    const others = new Set(unexplained.map(({ kind, name }) => objectOf(kind, name)))
    const told = faults.filter(
      ({ role, kind, object }) =>
        kind === 'excess' || !(strangers.includes(role) || others.has(object)),
    )
    return { checked, findings: [...strangers.map(stranger), ...grouped(told)] }
  },
}

/** What others have in the database, and what `--fix` put aside: it need not be ours to use. */
async function unexplainedIn(scene: Scene): Promise<Fact[]> {
  const differences = await differencesOf(scene)
  return differences
    .filter((one) => one.kind === 'unexpected' && !isTableOf(one, scene.settings.ownTables))
    .map(factOf)
    .filter(({ table }) => table === null)
}

/** As a right names it. */
const objectOf = (kind: Fact['kind'], name: string): string =>
  `${kind === 'function' ? 'routine' : kind} ${name}`

/** A server may have several databases, and not each of them an application. */
const stranger = (role: string): Finding => ({
  code: 'RIGHTS_MISSING',
  severity: 'info',
  message: `${role} has no right to any table of this database.`,
  at: { object: `role ${role}` },
  fix: 'If it is to use it: `grants --apply`',
})

/** What many objects have in common is said once. */
function grouped(faults: readonly RightFault[]): Finding[] {
  const kindOf = ({ object }: RightFault): string => object.replace(/ .*/s, '')
  const alike = Map.groupBy(faults, (fault) =>
    [fault.role, fault.kind, fault.what, kindOf(fault)].join('\n'),
  )
  return [...alike.values()].map((group) => findingOf(group))
}

function findingOf(group: readonly RightFault[]): Finding {
  const [first] = group as [RightFault]
  const { role, kind, object, statement, advice } = first
  const rest = group.length > 1 ? ` and ${group.length - 1} more` : ''
  const finding: Finding = {
    code: kind === 'excess' ? 'ROLE_TOO_STRONG' : 'RIGHTS_MISSING',
    severity: 'error',
    message: `${role} ${kind === 'excess' ? 'has' : 'lacks'} ${rightOf(first)}${rest}.`,
    at: { object },
    count: group.length,
    fix: advice ?? (group.length === 1 ? statement : null) ?? '`grants --apply`',
  }
  return withExamples(finding, group.length > 1 ? group.map((fault) => fault.object) : [])
}
