import type { TestContext } from 'node:test'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import type { BulkValue } from '../../src/dialect/session.ts'
import type { Look, Work } from '../../src/run/work.ts'
import { createProject, type Project } from './project.ts'

export const NAME = 'import-things'
export const needs = ['v1']
export const COLUMNS = ['id', 'label', 'flag', 'big', 'ratio']
export const DONE = { outcome: 'done' } as const

const THINGS = `-- migrate:up
CREATE TABLE things (id INTEGER PRIMARY KEY, label VARCHAR(200) UNIQUE, flag BOOLEAN, big BIGINT,
  ratio DOUBLE PRECISION);
-- migrate:down
DROP TABLE things;
`

const plain = (id: number): BulkValue[] => [id, `label ${id}`, id % 2 === 0, null, id / 4]

export const plainRows = (count: number, from = 1): BulkValue[][] =>
  Array.from({ length: count }, (_, at) => plain(from + at))

export async function migrated(t: TestContext, kind: DatabaseKind): Promise<Project> {
  const project = await createProject(t, kind, { 'v1.sql': THINGS })
  await project.migrator.migrate()
  project.events.length = 0
  return project
}

/** Most tests are not about the backup, which takes most of the time. */
export const working = (project: Project, body: (work: Work) => Promise<unknown>) =>
  project.migrator.work({ name: NAME, needs, backup: false }, async (work) => {
    await body(work)
    return DONE
  })

export const insert = (work: Work, rows: BulkValue[][]): Promise<void> =>
  work.transaction(() => work.insert('things', COLUMNS, rows))

export const countOf = async ({ query }: Pick<Look, 'query'>): Promise<number> =>
  (await query<{ n: number }>('SELECT count(*) AS n FROM things')).rows[0]?.n ?? -1
