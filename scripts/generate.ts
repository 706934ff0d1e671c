import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { renderCliDocs } from '../packages/migrate/src/cli/docs.ts'
import { CODES } from '../packages/migrate/src/codes.ts'
import { createMigrator } from '../packages/migrate/src/migrator.ts'
import { startCluster } from '../test/support/clusters.ts'
import { SOURCES } from '../test/support/installations.ts'
import { root } from './checks/sources.ts'

export interface GeneratedFile {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
}

/** The files that are generated from the code and need no database. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const { cli } = await import('../packages/database/src/cli.ts')
  return [
    { path: 'docs/errors.md', text: errorsPage() },
    { path: 'docs/cli.md', text: await renderCliDocs(cli) },
  ]
}

function errorsPage(): string {
  const rows = Object.entries(CODES).map(([code, { summary, hint, exit, retryable }]) =>
    `| \`${code}\` | ${summary} | ${hint} | ${exit} | ${retryable ? 'yes' : ''} |`.replaceAll(
      '\n',
      ' ',
    ),
  )
  return `# Error codes

Generated from \`packages/migrate/src/codes/\` by \`npm run generate\`. Codes are stable; messages may change. "Retry"
says that the same call may succeed if it is simply made again.

| code | what happened | what to do | exit | retry |
|---|---|---|---|---|
${rows.join('\n')}
`
}

/**
 * FossaWork's emergency scripts, for both databases and without one. With `check` nothing is written: throws
 * EMERGENCY_STALE.
 */
export async function generateEmergencyScripts(check: boolean): Promise<void> {
  const migrations = join(root, 'packages/database/migrations')
  for (const databaseUrl of ['sqlite:///./unused.db', 'postgresql://unused/unused']) {
    const migrator = await createMigrator({ config: { migrations, databaseUrl } })
    const { outcome, folder, scripts } = await migrator.emergency({ check })
    if (outcome === 'done') console.log(`wrote ${scripts.length} scripts into ${folder}`)
  }
}

/** What each of FossaWork's migrations makes, on real databases. A test holds the files against them. */
async function generateSnapshots(): Promise<void> {
  const source = SOURCES.find(({ installation }) => installation)
  if (!source?.installation) throw new Error('There is no PostgreSQL to make the snapshot on.')
  const cluster = await startCluster(source.installation)
  try {
    for (const databaseUrl of ['sqlite:///./unused.db', cluster.url]) {
      const migrations = join(root, 'packages/database/migrations')
      const migrator = await createMigrator({ config: { migrations, databaseUrl } })
      const { file } = await migrator.snapshot()
      console.log(`wrote ${file}`)
    }
  } finally {
    await cluster.stop()
  }
}

if (import.meta.main) {
  for (const { path, text } of await generatedFiles()) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
    console.log(`wrote ${path}`)
  }
  await generateEmergencyScripts(false)
  await generateSnapshots()
}
