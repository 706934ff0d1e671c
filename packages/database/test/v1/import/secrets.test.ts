import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readArchive } from '@fossawork/migrate'
import { SECRET_MARK } from '../../../../../bench/v1-tree/shapes.ts'
import { makeTree, QUIRK_NAMES } from '../../../../../bench/v1-tree/tree.ts'
import { databases, tempFolder } from '../../../../../test/support/databases.ts'
import { importV1 } from '../../../src/v1/import/import.ts'
import { showQuarantine } from '../../../src/v1/import/show-quarantine.ts'
import { testRing } from '../../support/keys.ts'
import { contentOf, rawContent } from './content.ts'
import { CHEAP, importScene } from './scene.ts'

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))

/** Whether the bytes hold it in UTF-8, in UTF-16, or as the hex or base64 of one of its alignments. */
function isIn(bytes: Buffer, secret: string): boolean {
  const base64 = ['', ' ', '  '].map((before) =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  )
  const encoded = [
    Buffer.from(secret),
    Buffer.from(secret, 'utf16le'),
    Buffer.from(secret).toString('hex'),
  ]
  return [...encoded, ...base64].some((form) => bytes.includes(form))
}

for (const kind of databases.filter(({ hasBackupTools }) => hasBackupTools)) {
  describe(`secrets of V1 on ${kind.name}`, { skip: kind.skip }, () => {
    test('come in clear to no file, table, backup, archive, event or result', async (t) => {
      const directory = join(await tempFolder(t), 'v1')
      const size = { users: QUIRK_NAMES.length, workOrders: 40, dispensers: 40, activities: 40 }
      makeTree(directory, { ...size, quirks: 'all', seed: 5 })
      const scene = await importScene(t, kind)
      // the connection that stays open keeps SQLite's WAL
      await scene.query('SELECT 1 FROM users')
      const migrator = await scene.migrator({ config: { backup: 'required' } })
      const result = await importV1(migrator, { v1Data: directory, cost: CHEAP })
      assert.ok(result.archive)
      assert.ok(result.backup)
      await migrator.backup()
      const others = [await showQuarantine(migrator), await scene.retry({ dryRun: true })]
      const files = filesIn(scene.folder)
      assert.ok(files.some((file) => file.includes('v1-data')))
      if (kind.dialect === 'sqlite') assert.ok(files.some((file) => file.endsWith('test.db-wal')))
      for (const file of files) assert.ok(!isIn(readFileSync(file), SECRET_MARK), file)
      const told = {
        events: scene.events,
        tables: await rawContent(scene),
        results: [result, others],
      }
      for (const [what, value] of Object.entries(told)) {
        assert.ok(!isIn(Buffer.from(JSON.stringify(value)), SECRET_MARK), what)
      }

      // they are there, for who has the key
      assert.ok(JSON.stringify(await contentOf(scene)).includes(SECRET_MARK))
      let tar = Buffer.alloc(0)
      const ring = await testRing('53e02f4a')
      for await (const chunk of await readArchive(
        result.archive,
        ring,
        AbortSignal.timeout(60_000),
      )) {
        tar = Buffer.concat([tar, chunk])
      }
      assert.ok(isIn(tar, SECRET_MARK))
    })
  })
}
