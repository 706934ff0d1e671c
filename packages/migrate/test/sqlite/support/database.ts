import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Dialect } from '../../../src/dialect/port.ts'
import type { TransactionOptions, Writer } from '../../../src/dialect/session.ts'
import { createSqliteDialect } from '../../../src/dialect/sqlite/dialect.ts'

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrate-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const dialectOf = (file: string): Dialect =>
  createSqliteDialect({ dialect: 'sqlite', file, location: file })

export interface Database {
  readonly file: string
  readonly folder: string
  readonly dialect: Dialect
  readonly writer: Writer
}

/** A database with an open writer that has run `sql`. */
export async function database(t: TestContext, sql = ''): Promise<Database> {
  const folder = temporaryFolder(t)
  const file = join(folder, 'app.db')
  const dialect = dialectOf(file)
  const writer = await dialect.openWriter({ runId: 'test', onNotice() {} })
  t.after(() => writer.close())
  if (sql) await writer.query(sql)
  return { file, folder, dialect, writer }
}

export const ENFORCED: TransactionOptions = {
  foreignKeys: 'enforced',
  shrinks: [],
  lockTimeoutMs: 0,
}

export const checked = (...shrinks: string[]): TransactionOptions => ({
  foreignKeys: 'checked',
  shrinks,
  lockTimeoutMs: 0,
})
