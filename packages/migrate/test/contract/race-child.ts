import type { MigrateConfig } from '../../src/config/define.ts'
import { createMigrator } from '../../src/migrator.ts'

/** Migrates once and says what it did; waits for the start signal so that all begin together. */
const config = JSON.parse(process.argv[2] as string) as MigrateConfig
const startAt = Number(process.argv[3])
const migrator = await createMigrator({
  config,
  on: (event) => {
    if (event.type === 'step.started') process.stdout.write(`started ${event.version}\n`)
  },
})
await new Promise((resolve) => setTimeout(resolve, Math.max(0, startAt - Date.now())))
const { done } = await migrator.migrate()
process.stdout.write(`${JSON.stringify(done.map((step) => step.version))}\n`)
