import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { DatabaseKind } from '../../../../test/support/databases.ts'
import { connect } from '../support/connect.ts'
import { type Scene, secretsIn } from './scene.ts'

/** What the database keeps on its disk, brought there first; on PostgreSQL in the planner's samples too. */
export async function filesOf(t: TestContext, kind: DatabaseKind, { url, query }: Scene) {
  if (kind.dialect === 'sqlite') return async () => [dirname(url.replace('sqlite:///', ''))]
  await query('ANALYZE')
  const { query: ask } = await connect(t, url)
  const [found] = await ask(
    `SELECT current_setting('data_directory') AS folder, oid,
       pg_relation_filepath('pg_catalog.pg_statistic') AS samples
     FROM pg_database WHERE datname = current_database()`,
  )
  const inServer = (path: unknown): string => join(String(found?.folder), String(path))
  await ask('CHECKPOINT')
  assert.notDeepEqual(secretsIn([inServer(found?.samples)]), [], 'the samples hold some')
  return async () => {
    await ask('CHECKPOINT')
    return [inServer(join('base', String(found?.oid)))]
  }
}
