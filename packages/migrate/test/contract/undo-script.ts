import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { plainClient } from '../../../../test/support/clients.ts'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { renderUndo } from '../../src/cli/render/drift.ts'
import type { Project } from './project.ts'

/** What a script of `drift --sql` leaves to whoever has looked, as they would run it. */
export const uncommented = (script: string): string =>
  script
    .slice(script.indexOf('-- What follows takes rows'))
    .replaceAll(/^-- (?=(?:DROP|ALTER|PRAGMA|CREATE|INSERT) )/gm, '')

/** Runs what `drift --sql` prints as a user does, with the database's own client; what it printed. */
export async function runUndo(
  project: Project,
  kind: DatabaseKind,
  change: (script: string) => string = (script) => script,
): Promise<string> {
  const file = join(project.folder, 'undo.sql')
  await writeFile(file, change(renderUndo(await project.migrator.drift())))
  return (await plainClient(kind).run(project.url, file)).output
}
