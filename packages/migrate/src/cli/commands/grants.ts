import { shellWord } from '../../shell.ts'
import { defineCommand } from '../command.ts'
import { CHANGE_OPTIONS, changeOverrides, flag, text } from '../options.ts'

export default defineCommand({
  name: 'grants',
  summary: 'Give the roles the least rights that they need',
  description:
    "PostgreSQL: compares what the application's role and the one that migrates may do with the least that they need, and shows the statements for the difference. The application reads and writes data and uses sequences; the journal's tables, and whatever makes or changes a table, are the other one's. Tables to come are covered by default privileges. Before the first migration only the schema and what is to come are looked at, so that the other role can migrate. SQLite has no roles: the modes of its files are shown. Exits with 3 when something is to be done.",
  options: {
    apply: flag('run the statements, in one transaction, and prove the result; the log says so'),
    appRole: text('R', "the application's role (default: the configuration's)"),
    adminRole: text(
      'R',
      "the role that migrates, and owns the tables (default: the configuration's)",
    ),
    wait: CHANGE_OPTIONS.wait,
  },
  examples: [
    { line: 'grants', does: 'What is missing, and what is too much.' },
    { line: 'grants --apply --app-role shop_app --admin-role shop_admin', does: 'Put it right.' },
  ],
  async run({ options: { apply, appRole, adminRole, wait }, migrator }) {
    const project = await migrator(changeOverrides({ wait, backupDir: undefined }))
    const result = await project.grants({
      apply,
      ...(appRole !== undefined && { appRole }),
      ...(adminRole !== undefined && { adminRole }),
    })
    const next = [
      'grants --apply',
      ...(appRole === undefined ? [] : ['--app-role', shellWord(appRole)]),
      ...(adminRole === undefined ? [] : ['--admin-role', shellWord(adminRole)]),
    ].join(' ')
    return {
      result,
      exit: result.outcome === 'planned' ? 3 : 0,
      text: async (view) => (await import('../render/grants.ts')).renderGrants(result, next, view),
    }
  },
})
