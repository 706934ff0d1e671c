import { spawnSync } from 'node:child_process'
import { join, relative, resolve } from 'node:path'
import { freshFolder } from './fresh-folder.ts'

/**
 * `npm start`: the main job on a fresh SQLite database in a folder of its own below the working folder, command by
 * command, as a user would type it. What an earlier one left is somebody's by now and stays.
 */
const folder = freshFolder(resolve('demo'))
const command = join(import.meta.dirname, '../bin/fossawork-db.js')

const run = (...args: string[]): void => {
  console.log(`\n$ fossawork-db ${args.join(' ')}`)
  const { status } = spawnSync(process.execPath, [command, ...args], {
    cwd: folder,
    stdio: 'inherit',
    // the demonstration never touches a database of the user's
    env: { ...process.env, DATABASE_URL: 'sqlite:///./fossawork_v2.db' },
  })
  if (status === 0) return
  console.error(`\nThat ended with status ${status}.`)
  process.exit(status ?? 1)
}

run('migrate')
run('status')
run('rollback', '--version', 'v006_add_monitoring_tables')
run('migrate')
run('validate')

const here = relative(process.cwd(), folder) || '.'
console.log(`
The database is ${join(here, 'fossawork_v2.db')}, the backups taken before each change are in ${join(here, 'backups')}.
Try next, in the folder ${here}:
  npx fossawork-db history --audit     who did what, when, hash-chained
  npx fossawork-db migrate --dry-run   what would run
  npx fossawork-db --help              everything else
docs/guide.md tells the whole story.`)
