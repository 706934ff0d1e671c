import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databases } from '../../../../test/support/databases.ts'
import type { BulkValue } from '../../src/dialect/session.ts'
import type { MigrateError } from '../../src/errors.ts'
import { countOf, insert, migrated, plainRows, working } from './work-support.ts'

for (const kind of databases) {
  describe(`rows that a work adds on ${kind.name}`, { skip: kind.skip }, () => {
    test('values mean the same on both databases', async (t) => {
      const project = await migrated(t, kind)
      const texts = [
        '',
        '\\N',
        '\\.',
        'a\tb',
        'a\nb\r\nc',
        '\\',
        '\\t',
        '"quoted"',
        "it's",
        '日本 😀',
        'null',
      ]
      const rows: BulkValue[][] = [
        ...texts.map((text, at): BulkValue[] => [at, text, at % 2 === 0, at, at / 3]),
        [100, null, null, 9_223_372_036_854_775_807n, 1e300],
        [101, null, false, -9_007_199_254_740_993n, 5],
      ]
      await working(project, (work) => insert(work, rows))
      const found = await project.query(
        `SELECT id, label, CASE WHEN flag THEN 1 WHEN NOT flag THEN 0 END AS flag, big, ratio
         FROM things ORDER BY id`,
      )
      assert.deepEqual(
        found.map(Object.values),
        rows.map(([id, label, flag, ...rest]) => [
          id,
          label,
          flag === null ? null : Number(flag),
          ...rest,
        ]),
      )
    })

    test('what not both can store is refused before anything is sent, without its value', async (t) => {
      const project = await migrated(t, kind)
      const bad: BulkValue[][] = [[1, 'S3cret\0', true, 1, 1], [1, 'a', true, 1, Number.NaN], [1]]
      await working(project, async (work) => {
        for (const row of bad) {
          await assert.rejects(
            insert(work, [row]),
            ({ code, message }: MigrateError) =>
              code === 'STATEMENT_FAILED' && !message.includes('S3cret'),
          )
        }
        await insert(work, plainRows(1))
        assert.equal(await countOf(work), 1)
      })
    })

    test('a boolean that would become a text, and what is no whole number, are refused on both', async (t) => {
      const project = await migrated(t, kind)
      const bad: [string, BulkValue][] = [
        ['label', true],
        ['big', 1.5],
        ['big', 1e300],
        ['big', 'S3cret'],
      ]
      await working(project, async (work) => {
        for (const [column, value] of bad) {
          const one = work.transaction(() => work.insert('things', ['id', column], [[1, value]]))
          await assert.rejects(one, { code: 'STATEMENT_FAILED' }, `${column} ${value}`)
        }
        await work.transaction(() => work.insert('things', ['id', 'big'], [['1', 2 ** 60]]))
        const { rows } = await work.query('SELECT big FROM things')
        assert.deepEqual(rows, [{ big: 1_152_921_504_606_846_976n }])
        await assert.rejects(
          work.transaction(() => work.insert('missing', ['id'], [[true]])),
          /missing/,
        )
        assert.equal(await countOf(work), 1)
      })
    })
  })
}
