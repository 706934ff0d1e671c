import { type RightFault, rightOf } from '../../dialect/roles-port.ts'
import type { GrantsResult } from '../../run/grants-result.ts'
import { shellWord } from '../../shell.ts'
import { counted } from './format.ts'
import { nextLine, paragraphs } from './notes.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/**
 * What the roles may do that they should not, and the other way round; on SQLite the modes of the files. `next` is the
 * command that puts it right.
 */
export const renderGrants = (result: GrantsResult, next: string, view: View): string =>
  result.roles ? renderRoles(result, next, view) : renderFiles(result, next, view)

function renderRoles(
  { outcome, checked, hasJournal, statements, faults, roles }: GrantsResult,
  next: string,
  view: View,
) {
  const names = [roles?.app, roles?.admin].filter((name) => !!name).join(' and ')
  if (outcome === 'nothing') {
    return paragraphs(
      `${names}: the least rights that are needed, and no more (${counted(checked, 'object')}).`,
      hasJournal ? '' : NO_JOURNAL,
    )
  }
  const byHand = faults.filter((fault) => fault.byHand)
  const rest = {
    planned: statements.length > 0 ? nextLine(next, view) : '',
    done: `${counted(statements.length, 'statement')} run in one transaction, and the rights proved${hasJournal ? '; the log says so' : ''}.`,
  }
  return paragraphs(
    statements.map((statement) => `${statement};`).join('\n'),
    outcome === 'planned' && byHand.length > 0
      ? `By hand, since it reaches beyond this database:\n${byHand.map(line).join('\n')}`
      : '',
    hasJournal ? '' : NO_JOURNAL,
    rest[outcome],
  )
}

const NO_JOURNAL =
  'The database has no journal yet, so tables were not looked at: `migrate` makes it, and keeps it from the application.'

const line = (fault: RightFault): string => {
  const { role, kind, statement, advice } = fault
  const way = statement === null ? advice : `${statement};`
  return `  ${role} ${kind === 'excess' ? 'has' : 'lacks'} ${rightOf(fault)}: ${way}`
}

function renderFiles(
  { outcome, files, statements }: GrantsResult,
  next: string,
  view: View,
): string {
  const [first] = files
  const shown = table(
    files,
    [
      { value: ({ file }) => file, shrinks: true },
      {
        value: ({ mode }) => mode,
        color: ({ mode, wanted }) => (mode === wanted ? 'green' : 'yellow'),
      },
      { value: ({ mode, wanted }) => (mode === wanted ? '' : `→ ${wanted}`) },
    ],
    view,
  )
  return paragraphs(
    'SQLite has no roles: whoever may open the file may do everything with it. What its mode gives to others is all that can be taken away.',
    shown,
    first
      ? `A program that only reads opens it read-only: ${shellWord(`file:${first.file}?mode=ro`)} as a URI.`
      : '',
    outcome === 'planned' ? `${statements.join('\n')}\n\n${nextLine(next, view)}` : '',
    outcome === 'done'
      ? `${counted(statements.length, 'file')} closed to others; the log says so.`
      : '',
  )
}
