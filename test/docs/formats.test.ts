import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { COMMANDS } from '../../packages/migrate/src/cli/commands.ts'
import { journalTables } from '../../packages/migrate/src/journal/tables.ts'
import { readDocument } from './documents.ts'
import { root } from './scenario.ts'

const page = readDocument('docs/formats.md')
const source = (path: string): string =>
  readFileSync(join(root, 'packages/migrate/src', path), 'utf8')

/** The part of the page below a line that begins so, to the next heading or table's title. */
function below(start: string): string {
  const [, rest = ''] = page.split(`\n${start}`)
  return rest.split(/\n(?:##|\*\*)/)[0] ?? ''
}

describe('docs/formats.md', () => {
  it("has the journal's columns, in their order, with what is unique", () => {
    const types = { identity: 'INTEGER', sequence: 'BIGINT', timestamp: 'TEXT', bytes: 'BLOB' }
    const tables = Object.values(journalTables({ ...types, widenVersion: null }, ''))
    assert.equal(tables.length, 3)
    for (const statement of tables) {
      const name = /EXISTS (\w+) \(/.exec(statement)?.[1]
      const made = [...statement.matchAll(/^ {2}([a-z]\w*) (.*)$/gm)].map(
        ([, column, type = '']) => [column, type.includes('UNIQUE')],
      )
      const shown = [...below(`**\`${name}\`**`).matchAll(/^\| `(\w+)` \|([^|]*)\|/gm)]
      assert.deepEqual(
        shown.map(([, column, type = '']) => [column, type.includes('unique')]),
        made,
      )
    }
  })

  it('has every event, and every event of the log', () => {
    const events = [...source('events.ts').matchAll(/type: '([\w.]+)'/g)].map(([, type]) => type)
    const shown = [...below('## Events').matchAll(/^\| `([\w.]+)` \|/gm)].map(([, type]) => type)
    assert.deepEqual(shown, events)
    const union =
      source('journal/chain.ts').split('export type LogEvent')[1]?.split('\n\n')[0] ?? ''
    const logged = [...union.matchAll(/'(\w+)'/g)].map(([, event]) => event)
    const listed = /^\| `event` \|[^|]*\|(.*)\|$/m.exec(page)?.[1] ?? ''
    assert.deepEqual(
      [...listed.matchAll(/`(\w+)`/g)].map(([, event]) => event).toSorted(),
      logged.toSorted(),
    )
  })

  it('has the JSON of every command', () => {
    const first = [...below('## JSON documents').matchAll(/^\|([^|]*)\|/gm)].map(([, cell]) => cell)
    for (const command of Object.keys(COMMANDS)) {
      assert.ok(first.join().includes(`\`${command}\``), `there is no ${command}`)
    }
  })
})
