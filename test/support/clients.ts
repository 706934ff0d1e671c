import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { DatabaseKind } from './databases.ts'

/** What a user has without this tool: the database's own client. */
export interface PlainClient {
  /** Why there is none, for node:test's `skip`; false where there is. */
  readonly skip: string | false
  /** Feeds a script to it; `output` is what it printed, errors included. */
  run(url: string, script: string): Promise<{ code: number; output: string }>
}

export function plainClient(kind: Pick<DatabaseKind, 'dialect'>): PlainClient {
  return kind.dialect === 'sqlite' ? sqlite3 : psql
}

/** As the guide of old had it: the script on standard input, and not even `-bail`. */
const sqlite3: PlainClient = {
  skip: whyMissing('sqlite3', 'apt-get install sqlite3'),
  run: (url, script) => feed('sqlite3', [url.replace('sqlite:///', '')], script),
}

const psql: PlainClient = {
  skip: whyMissing('psql', 'apt-get install postgresql-client'),
  run: (url, script) => feed('psql', ['--no-psqlrc', url], script),
}

/** In CI what is missing is a failure, not a skip. */
function whyMissing(program: string, install: string): string | false {
  if (process.env.CI === 'true') return false
  return spawnSync(program, ['--version']).status === 0 ? false : `not installed: ${install}`
}

async function feed(program: string, args: string[], script: string) {
  const child = spawn(program, args)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // it stops reading at the first error
  child.stdin.on('error', () => {})
  createReadStream(script).pipe(child.stdin)
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}
