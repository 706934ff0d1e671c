import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './support/child.ts'
import { contentOf, copy, MANY_ROWS, prepare } from './support/copies.ts'
import { database, dialectOf, temporaryFolder } from './support/database.ts'

const restore = (file: string, raw: string): string => `
  import { createSqliteDialect } from ${JSON.stringify(import.meta.resolve('../../src/dialect/sqlite/dialect.ts'))}
  const file = ${JSON.stringify(file)}
  const dialect = createSqliteDialect({ dialect: 'sqlite', file, location: file })
  const { signal } = new AbortController()
  const prepared = await dialect.backup.prepare(${JSON.stringify(raw)}, {
    swappable: true, signal, onProgress() {},
  })
  console.log('prepared')
  await prepared.swap({
    save: async () => {}, waitMs: 5000, force: false, releaseLock: async () => {},
    onWaiting() {}, signal,
  })
  console.log('swapped')
  setInterval(() => {}, 1000)`

test('a restore that is killed at any moment of the swap leaves the old or the new', async (t) => {
  const { writer, folder, file, dialect } = await database(t, MANY_ROWS)
  const raws = ['a', 'b'].map((name) => join(folder, `${name}.db`)) as [string, string]
  const a = await copy(dialect, raws[0])
  await writer.query('UPDATE t SET a = id; DELETE FROM t WHERE id % 7 = 0')
  const b = await copy(dialect, raws[1])
  await writer.close()
  let present = b.digest
  for (let pause = 0; pause < 400; pause += 40) {
    const [raw, next] = present === b.digest ? [raws[0], a.digest] : [raws[1], b.digest]
    const child = await startChild(t, restore(file, raw))
    await sleep(pause)
    await child.kill()
    const { digest, rows } = await contentOf(dialect, temporaryFolder(t))
    assert.ok(
      [present, next].includes(digest),
      `after ${pause} ms neither: ${JSON.stringify(rows)}`,
    )
    present = digest
  }
  await (await prepare(dialect, raws[0])).discard()
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.restore.')),
    [],
  )
})

test('a restore over a damaged database that is killed leaves the damaged or the new', async (t) => {
  const { writer, folder, dialect } = await database(t, MANY_ROWS)
  const raw = join(folder, 'raw.db')
  const { digest } = await copy(dialect, raw)
  await writer.close()
  const damaged = join(folder, 'damaged.db')
  for (let pause = 0; pause < 60; pause += 12) {
    writeFileSync(damaged, 'this is no database, and never was one')
    const child = await startChild(t, restore(damaged, raw))
    await sleep(pause)
    await child.kill()
    const { live } = await dialectOf(damaged).backup.restoreState()
    if (live === 'damaged') continue
    assert.equal(live, 'sound')
    assert.equal((await contentOf(dialectOf(damaged), temporaryFolder(t))).digest, digest)
  }
})
