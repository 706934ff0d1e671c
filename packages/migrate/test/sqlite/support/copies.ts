import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Content,
  CopyOptions,
  Dialect,
  Prepared,
  PrepareOptions,
  Swap,
  SwapOptions,
} from '../../../src/dialect/port.ts'

const never = () => new AbortController().signal

/** Some 30 MB: several steps of a copy. */
export const MANY_ROWS = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
  INSERT INTO t SELECT i, hex(randomblob(200)) FROM n`

/** A database small enough for a test and large enough for two steps. */
export const SOME_ROWS = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
  INSERT INTO t SELECT i, hex(randomblob(100)) FROM n`

export const copy = async (
  dialect: Dialect,
  file: string,
  options: Partial<CopyOptions> = {},
): Promise<Content> =>
  (
    await dialect.backup.copy(file, {
      onProgress() {},
      signal: never(),
      look: async () => {},
      pack: null,
      packCompresses: false,
      ...options,
    })
  ).content

export const prepare = (
  dialect: Dialect,
  raw: string,
  options: Partial<PrepareOptions> = {},
): Promise<Prepared> =>
  dialect.backup.prepare(raw, {
    swappable: true,
    onProgress() {},
    signal: never(),
    ...options,
  })

export const swap = (prepared: Prepared, options: Partial<SwapOptions> = {}): Promise<Swap> =>
  prepared.swap({
    save: async () => {},
    waitMs: 5000,
    force: false,
    releaseLock: async () => {},
    onWaiting() {},
    signal: never(),
    ...options,
  })

/** What a live database holds now, through a copy that stays in `folder`. */
export async function contentOf(dialect: Dialect, folder: string): Promise<Content> {
  for (let number = 1; ; number++) {
    const file = join(folder, `content-${number}.db`)
    if (!existsSync(file)) return copy(dialect, file)
  }
}
