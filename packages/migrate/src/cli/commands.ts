import type { Command } from './command.ts'
import type { JsonResults } from './json.ts'

/** The engine's commands, in the order of the help. */
export const COMMANDS: {
  readonly [Name in keyof JsonResults]: () => Promise<{ default: Command<any, JsonResults[Name]> }>
} = {
  status: () => import('./commands/status.ts'),
  history: () => import('./commands/history.ts'),
  plan: () => import('./commands/plan.ts'),
  migrate: () => import('./commands/migrate.ts'),
  rollback: () => import('./commands/rollback.ts'),
  validate: () => import('./commands/validate.ts'),
  drift: () => import('./commands/drift.ts'),
  repair: () => import('./commands/repair.ts'),
  adopt: () => import('./commands/adopt.ts'),
  baseline: () => import('./commands/baseline.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  unlock: () => import('./commands/unlock.ts'),
  snapshot: () => import('./commands/snapshot.ts'),
  emergency: () => import('./commands/emergency.ts'),
  grants: () => import('./commands/grants.ts'),
  keys: () => import('./commands/keys.ts'),
  checksums: () => import('./commands/checksums.ts'),
}
