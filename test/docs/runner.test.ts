import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { readChapters } from './blocks.ts'
import { runChapter } from './chapter.ts'
import { difference } from './compare.ts'
import { merged } from './merge.ts'
import { openScenario } from './scenario.ts'
import { typeCheck } from './type-check.ts'

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`

/** What the runner says of a document. */
async function messages(t: TestContext, source: string): Promise<string[]> {
  const scenario = openScenario({ port: 3000 })
  t.after(() => scenario.close())
  const found: string[] = []
  for (const chapter of readChapters('page.md', source)) {
    for (const { place, message } of await runChapter(chapter, scenario)) {
      found.push(`${place}\n${message}`)
    }
  }
  return found
}

describe('the runner of documents', () => {
  it('accepts what is so', async (t) => {
    const source = [
      fenced('sh', 'export WORD=here\nmkdir sub && cd sub'),
      fenced('console', '$ echo $WORD $(basename $PWD)\nhere sub\n$ false\n$ echo $?\n1'),
      fenced('ts file=sub/words.ts', "export const words: string[] = ['a', 'b']"),
      fenced('ts', "import { words } from './sub/words.ts'\nconsole.log(words.length)"),
      fenced('text', '2'),
      fenced('sql', "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x;y'); SELECT * FROM t;"),
      fenced('text', 'a|b\n1|x;y'),
    ]
    assert.deepEqual(await messages(t, source.join('\n')), [])
  })

  it('refuses an output that is not what is shown, with the lines that differ', async (t) => {
    const found = await messages(t, fenced('console', '$ printf "one\\ntwo\\n"\none\nthree'))
    assert.deepEqual(found, ['page.md:2\n$ printf "one\\ntwo\\n"\n    one\n  - three\n  + two'])
  })

  it('refuses output that is not shown, and shown output that does not come', async (t) => {
    const found = await messages(t, fenced('console', '$ echo one\n$ true\nmore'))
    assert.equal(found.length, 2)
    assert.match(found[0] ?? '', / {2}\+ one$/)
    assert.match(found[1] ?? '', / {2}- more$/)
  })

  it('refuses what a command of this repository does not print', async (t) => {
    const found = await messages(t, fenced('console', '$ fossawork-db --version\n99.0.0'))
    assert.match(found.join(), /- 99\.0\.0\n {2}\+ \d+\.\d+\.\d+$/)
  })

  it('refuses a shell, TypeScript or SQL block that fails', async (t) => {
    const source = [
      fenced('sh', 'false\ntrue'),
      fenced('ts', "throw new Error('no')"),
      fenced('sql', 'SELECT * FROM nothing'),
    ]
    const found = await messages(t, source.join('\n'))
    assert.equal(found.length, 3)
    assert.match(found[0] ?? '', /^page\.md:2\nfalse ended with/)
  })

  it('names a command of this repository that fails, and knows its status', async (t) => {
    const found = await messages(
      t,
      fenced('sh', 'fossawork-db --nonsense || test $? = 2\nWORD=there fossawork-db nonsense'),
    )
    assert.equal(found.length, 1)
    assert.match(found[0] ?? '', /^page\.md:2\nfossawork-db nonsense ended with 2:/)
  })

  it('runs a module as it is now, not as it was', async (t) => {
    const migration = (description: string): string =>
      fenced(
        'ts file=migrations/v1.ts',
        `export default { description: '${description}', up: async () => {}, down: 'irreversible' }`,
      )
    const plan = (description: string): string =>
      fenced('console', `$ migrate plan --migrations migrations\n…\n…${description}…\n…`)
    const source = [migration('One'), plan('One'), migration('Two'), plan('Two')]
    assert.deepEqual(await messages(t, source.join('')), [])
  })

  it('refuses what a TypeScript block does not print', async (t) => {
    const found = await messages(t, fenced('ts', 'console.log(1)') + fenced('text', '2'))
    assert.deepEqual(found, ['page.md:2\nIt prints:\n  - 2\n  + 1'])
  })

  it('leaves out what says why', async (t) => {
    const source = `<!-- not run: it would fail -->\n${fenced('sh', 'false')}`
    assert.deepEqual(await messages(t, source), [])
  })

  it('refuses blocks that it does not know', () => {
    assert.throws(() => readChapters('page.md', fenced('bash', 'true')), /page\.md:1: a block is/)
    assert.throws(() => readChapters('page.md', '  ```sh\n  true\n  ```'), /page\.md:1: a fence/)
    assert.throws(() => readChapters('page.md', fenced('sh slow', 'true')), /page\.md:1: a fence/)
  })

  it('finds types that are wrong', () => {
    const chapters = readChapters(
      'page.md',
      fenced('ts', "const n: number = 'one'\nconsole.log(n)"),
    )
    assert.match(typeCheck(chapters), /page\.md-0\/line-2\.ts.*TS2322/)
  })
})

describe('comparing output', () => {
  const same = (shown: string, actual: string): boolean =>
    difference(shown.split('\n'), actual) === null

  it('takes what varies for equal', () => {
    assert.ok(same('✓ v1  done  3 ms', '✓ v1  done     1.2 s'))
    assert.ok(same('at 2026-11-22T13:49:59Z', 'at 2027-01-01T00:00:00.123Z'))
    assert.ok(same('backup_20261122_134959.db (41.0 kB)', 'backup_20270101_000000_2.db (7 B)'))
    assert.ok(same('pid 12, run 8f1c2d3e', 'pid 345, run 00000000'))
    assert.ok(same('taken 1 minute ago', 'taken 3 days ago'))
    assert.ok(same('x_before_restore_20261122_134959', 'x_before_restore_20270101_000000_2'))
    assert.ok(same(`for age1${'q'.repeat(58)}`, `for age1${'z'.repeat(58)}`))
  })

  it('takes nothing else for equal', () => {
    assert.ok(!same('✓ v1  done  3 ms', '✓ v2  done  3 ms'))
    assert.ok(!same('Applied 6 migrations in 3 ms.', 'Applied 5 migrations in 3 ms.'))
    assert.ok(!same('a.b', 'axb'))
    assert.ok(!same('3 days ago', '3 weeks ago'))
    assert.ok(!same('  indented', 'indented'))
  })

  it('lets … stand for anything on a line, and alone on a line for any lines', () => {
    assert.ok(same('{"ok":true,…}', '{"ok":true,"command":"plan"}'))
    assert.ok(!same('{"ok":true,…}', '{"ok":false,"command":"plan"}'))
    assert.ok(same('first\n…\nlast', 'first\n1\n2\nlast'))
    assert.ok(same('first\n…\nlast', 'first\nlast'))
    assert.ok(!same('first\n…\nlast', 'first\n1\n2'))
  })
})

describe('updating a document', () => {
  it('keeps the lines that still hold, and what … stands for', () => {
    const shown = ['first  3 ms', '…', 'gone', 'last']
    assert.deepEqual(merged(shown, 'first  7 ms\nadded\n1\n2\nlast\nafter'), [
      'first  3 ms',
      '…',
      'last',
      'after',
    ])
    assert.deepEqual(merged(['a', 'c'], 'a\nb\nc'), ['a', 'b', 'c'])
    assert.deepEqual(merged([], 'new\n'), ['new'])
  })
})
