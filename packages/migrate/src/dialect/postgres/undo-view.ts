import type { Fact, Snapshot } from '../../schema/snapshot.ts'
import { createWithin } from './create.ts'
import { createView } from './create-object.ts'
import { dropStatements } from './drop.ts'
import { factName, listOf } from './fact-names.ts'
import { grantStatements } from './undo-access.ts'

/** Replaces a view where its columns allow it; otherwise it is made anew, with all that is built on it. */
export function undoView(wanted: Fact, actual: Fact, expected: Snapshot): string[] | null {
  const stays = listOf(actual, 'columns').every(
    (column, at) => column === listOf(wanted, 'columns')[at],
  )
  if (!wanted.is.materialised && !actual.is.materialised && stays) {
    const replace = createView(wanted, 'CREATE OR REPLACE')
    return replace === null ? null : [replace]
  }
  const above = viewsOver(expected, ({ name }) => name.startsWith(`${wanted.name}.`))
  const drop = dropStatements([actual])
  return withoutViews([wanted, ...above], expected, [...dropIfThere(above), ...drop], [])
}

/** Runs `statements` while the views that use a column are away; null where one cannot be made again. */
export function withoutViewsOf(
  column: Fact,
  expected: Snapshot,
  statements: readonly string[],
): string[] | null {
  const views = viewsOver(expected, ({ name }) => name === `${column.table}.${column.name}`)
  return withoutViews(views, expected, dropIfThere(views), statements)
}

function withoutViews(
  views: readonly Fact[],
  expected: Snapshot,
  drop: readonly string[],
  statements: readonly string[],
): string[] | null {
  if (views.some(({ source }) => source === undefined)) return null
  const names = new Set(views.map(({ name }) => name))
  const parts = [...expected.values()].filter(({ table }) => names.has(table ?? ''))
  return [
    ...drop,
    ...statements,
    ...createWithin([...views, ...parts], expected),
    ...grantStatements(parts),
  ]
}

/** The views that use a column, named `table.column`, and the views over those. */
function viewsOver(expected: Snapshot, uses: (column: { name: string }) => boolean): Fact[] {
  const all = [...expected.values()].filter(({ kind }) => kind === 'view')
  const found = new Set<Fact>()
  const visit = (isUsed: (column: { name: string }) => boolean): void => {
    for (const view of all) {
      if (found.has(view)) continue
      if (!listOf(view, 'uses').some((use) => isUsed({ name: factName(use) }))) continue
      found.add(view)
      visit(({ name }) => name.startsWith(`${view.name}.`))
    }
  }
  visit(uses)
  return [...found]
}

const dropIfThere = (views: readonly Fact[]): string[] =>
  dropStatements(views).map((statement) =>
    statement.replace(/^DROP (?:MATERIALIZED )?VIEW/, '$& IF EXISTS'),
  )
