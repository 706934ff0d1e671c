import { spawn } from 'node:child_process'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/**
 * Runs the tests of all packages, or the files and patterns that are given; node's own --test-… options are
 * passed through. `DIALECTS=sqlite` starts no PostgreSQL.
 */
const root = join(import.meta.dirname, '..')
const args = process.argv.slice(2)
// only to tell files from the values of options
const { positionals } = parseArgs({
  args,
  strict: false,
  allowPositionals: true,
  options: {
    'test-name-pattern': { type: 'string', multiple: true },
    'test-skip-pattern': { type: 'string', multiple: true },
    'test-reporter': { type: 'string', multiple: true },
    'test-reporter-destination': { type: 'string', multiple: true },
    'test-timeout': { type: 'string' },
    'test-concurrency': { type: 'string' },
  },
})

const child = spawn(
  process.execPath,
  [
    '--test',
    `--test-global-setup=${join(root, 'test/support/global-setup.ts')}`,
    // one more than there are cores: tests wait for other processes, locks and servers much of their time
    `--test-concurrency=${availableParallelism() + 1}`,
    // for a whole file: what hangs shall fail
    '--test-timeout=300000',
    ...args,
    ...(positionals.length > 0 ? [] : ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts']),
  ],
  {
    cwd: positionals.length > 0 ? process.cwd() : root,
    stdio: 'inherit',
    // the tests start many processes; this halves what each start costs
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'fossawork-test-compile-cache'), ...process.env },
  },
)
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
