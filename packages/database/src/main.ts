import { cli } from './cli.ts'

process.exitCode = await cli.run()
