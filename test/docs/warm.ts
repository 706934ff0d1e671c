import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cli } from '../../packages/database/src/cli.ts'
import { createCli } from '../../packages/migrate/src/cli/create-cli.ts'

/**
 * Runs the commands that warm.sh writes into the folder of its argument, each in the working folder and with the
 * variables that it names, one after another in this process. Answers with the exit status.
 */
const [scratch = '.'] = process.argv.slice(2)
const ANSWERS = 8
const COMMAND_LINES = [cli, createCli({ name: 'migrate' })]

const readList = (file: string): string[] =>
  readFileSync(join(scratch, file), 'utf8').split('\0').slice(0, -1)

for await (const request of createInterface({ input: process.stdin })) {
  if (request !== 'run') break
  const [folder = '.', name, ...args] = readList('asked')
  process.chdir(folder)
  for (const variable of Object.keys(process.env)) delete process.env[variable]
  for (const line of readList('environment')) {
    const at = line.indexOf('=')
    process.env[line.slice(0, at)] = line.slice(at + 1)
  }
  const status = await COMMAND_LINES.find((line) => line.name === name)?.run(args)
  // what a command line watches is watched until its process ends
  for (const event of ['uncaughtException', 'unhandledRejection', 'beforeExit', 'exit']) {
    process.removeAllListeners(event)
  }
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error')
  writeSync(ANSWERS, `${status}\n`)
}
process.exit()
