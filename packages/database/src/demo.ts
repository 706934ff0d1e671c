import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { masterKey } from './config.ts'
import { freshFolder } from './fresh-folder.ts'

/**
 * `npm start`: the main job in a folder of its own below the working folder, command by command, as a user would type
 * it: a fresh SQLite database, and a small V1 directory that moves into it. What an earlier one left is somebody's by
 * now and stays.
 */
const folder = freshFolder(resolve('demo'))
const command = join(import.meta.dirname, '../bin/fossawork-db.js')
const keyFile = join(folder, 'master.key')

interface Run {
  /** The exit status that belongs to the story. Default 0. */
  readonly status?: number
  /** The lines that are shown of the answer, `…` for the others. Default: all of them. */
  readonly lines?: RegExp
}

function run(line: string, { status = 0, lines }: Run = {}): void {
  console.log(`\n$ fossawork-db ${line}`)
  const ran = spawnSync(process.execPath, [command, ...line.split(' ')], {
    cwd: folder,
    stdio: ['inherit', lines ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
    // the demonstration never touches a database or a key of the user's
    env: { ...process.env, DATABASE_URL: 'sqlite:///./fossawork_v2.db', [masterKey.file]: keyFile },
  })
  if (lines) console.log(abridged(ran.stdout, lines))
  if (ran.status === status) return
  console.error(`\nThat ended with status ${ran.status}.`)
  process.exit(ran.status || 1)
}

function abridged(text: string, lines: RegExp): string {
  const shown = text.split('\n').map((line) => (lines.test(line) ? line : '…'))
  return shown.filter((line, at) => line !== '…' || shown[at - 1] !== '…').join('\n')
}

const say = (text: string): void => console.log(`\n# ${text}`)

cpSync(join(import.meta.dirname, '../demo/v1-data'), join(folder, 'v1-data'), { recursive: true })
say("V1 keeps passwords in clear. V2 does not, so there is a key first. A real one's copy belongs")
console.log(
  '# where the backups are not: whoever has both reads everything, whoever has no key nothing.',
)
run('keys generate --file master.key')
console.log(`\n$ export ${masterKey.file}=$PWD/master.key`)
run('migrate')
say('Status 3 is right here: the sample has three records that nobody can import as they are.')
run('import-v1 --v1-data v1-data', { status: 3 })
run('import-v1 --show-quarantine', { status: 3 })
say('Once more: nothing is imported twice.')
run('import-v1 --v1-data v1-data', { status: 3, lines: /^ {2}(file|all) |^Nothing to import/ })
say('One version back and forth, each time after a verified, encrypted backup.')
run('rollback --version v006_add_monitoring_tables')
run('migrate')
say(
  'Every check of the schema, the rows, the rights and the journal; and what changed past the tool.',
)
run('validate', { lines: /^\d+ checks? passed/ })
run('drift')
run('status')

const here = relative(process.cwd(), folder) || '.'
console.log(`
The folder ${here} has the database, the V1 directory that moved into it, the key that opens its secrets and
backups, and backups/ with a backup from before each change and an archive of the V1 directory.
Try next, in the folder ${here}, with ${masterKey.file}=$PWD/master.key in the environment:
  npx fossawork-db import-v1 --v1-data v1-data   after you changed something in v1-data
  npx fossawork-db history --audit               who did what, when, hash-chained
  npx fossawork-db --help                        everything else
docs/guide.md tells the whole story.`)
