import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { createCli } from '../../src/cli/create-cli.ts'
import type { Io } from '../../src/cli/io.ts'
import { CLEAN, MIGRATIONS, type Outcome, type Project, projectRunBy } from './support.ts'

/** A stream that is no terminal, and what was written to it. */
function collecting(): { stream: NodeJS.WriteStream; text: () => string } {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
    },
  })
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') }
}

/** The same command line as the `migrate` program's, without the start of a process. */
async function runHere(
  cwd: string,
  args: readonly string[],
  env: Io['env'] = {},
): Promise<Outcome> {
  const [stdout, stderr] = [collecting(), collecting()]
  const code = await createCli({ name: 'migrate' }).run(args, {
    stdin: process.stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { ...process.env, ...CLEAN, ...env },
    cwd,
    onSignal: () => () => {},
    onStray: () => () => {},
    exit(status) {
      throw new Error(`The command line wanted to end the process with ${status}.`)
    },
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** A project whose commands run in this process: for tests of what commands say and do. */
export const createProjectHere = (
  t: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string>> = MIGRATIONS,
): Promise<Project> => projectRunBy(t, files, runHere)
