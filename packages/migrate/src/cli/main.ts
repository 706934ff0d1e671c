import { createCli } from './create-cli.ts'

// the engine's own command, for a project with a migrate.config.ts
process.exitCode = await createCli({ name: 'migrate' }).run()
