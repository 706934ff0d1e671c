import { sep } from 'node:path'

/**
 * Test files run on the newest PostgreSQL when they are about what servers do, and need no pg_dump of their server's
 * version: its sessions, locks, catalogues and errors, and how the engine, the migrations, the search and the import
 * get on with them. All others, with backups, restores, keys and documents, run on the system's PostgreSQL, and so
 * does a new file: there nothing has to be left out.
 */
const ON_NEWEST: Readonly<Record<string, readonly string[]>> = {
  'migrate/test/postgres': [
    'bulk',
    'connect',
    'drop',
    'lock',
    'row-values',
    'script-scan',
    'session',
    'step-state',
    'writer',
  ],
  'migrate/test/contract': [
    'claim',
    'emergency',
    'foreign-keys',
    'journal',
    'leftovers',
    'race',
    'table-locks',
    'take-over',
    'work-values',
  ],
  'migrate/test/sql': ['split-databases'],
  'migrate/test/cli': ['interrupt'],
  'database/test': ['migrations', 'search', 'search-index', 'snapshot'],
  'database/test/credentials': ['purge', 'store'],
  'database/test/v1/import': ['json-text', 'killed', 'quarantine', 'again'],
}

/** What compares versions, or tries the tools of one on the other. */
const ON_BOTH: readonly string[] = ['backup', 'content', 'introspect']

/** The versions of PostgreSQL that a test file runs on. */
export function versionsFor(file: string): 'both' | 'newest' | 'system' {
  const path = file.split(sep).join('/')
  const isOf = (folder: string, names: readonly string[]): boolean =>
    names.some((name) => path.endsWith(`/packages/${folder}/${name}.test.ts`))
  if (process.env.DATABASES === 'all' || isOf('migrate/test/postgres', ON_BOTH)) return 'both'
  return Object.entries(ON_NEWEST).some((entry) => isOf(...entry)) ? 'newest' : 'system'
}
