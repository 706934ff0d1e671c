import { basename } from 'node:path'
import { type Column, counted, table, type View } from '@fossawork/migrate'
import { printable } from '../v1/directory/printable.ts'
import type { Counts } from '../v1/import/open-file.ts'
import type { ImportReport, Told } from '../v1/import/report.ts'
import type { QuarantinedRecord } from '../v1/import/show-quarantine.ts'

type Line = Counts & { readonly name: string }

const number = (name: keyof Counts): Column<Line> => ({
  value: (line) => line[name].toLocaleString('en'),
  align: 'right',
  color: (line) =>
    line[name] > 0 && (name === 'conflict' || name === 'quarantined') ? 'yellow' : 'reset',
})

const COUNTS = ['read', 'imported', 'merged', 'unchanged', 'conflict', 'quarantined'] as const

const COLUMNS: readonly Column<Line | null>[] = [
  { value: (line) => line?.name ?? 'file', shrinks: true },
  ...COUNTS.map((name): Column<Line | null> => {
    const { value, align, color } = number(name)
    return {
      value: (line) => (line ? value(line) : name),
      ...(align && { align }),
      color: (line) => (line && color ? color(line) : 'dim'),
    }
  }),
]

/** The accounting of an import: by kind of file, what could not be imported and why, and what else is worth knowing. */
export function renderReport(report: ImportReport, view: View): string {
  const { totals } = report
  const lines = [null, ...kindsOf(report), { ...totals, name: 'all' }]
  return [
    `${whence(report)}${counted(totals.read, 'record')}.`,
    table(lines, COLUMNS, view),
    totals.imported === 0 &&
      `Nothing to import: ${totals.unchanged} of ${totals.read} records are in V2 already.`,
    told('In quarantine', report.quarantined, view),
    told('Worth knowing', report.notes, view),
    archiveOnly(report.archiveOnly, view),
    totals.quarantined > 0 && view.hint('See `import-v1 --show-quarantine`.'),
    totals.conflict > 0 &&
      "V2's rows stand where V1 says something else: --on-conflict replace puts V1's in their place, --on-conflict keep says that they are to stand.",
  ]
    .filter((part) => part !== false && part !== '')
    .join('\n\n')
}

const whence = ({ directory, users, files }: ImportReport): string =>
  directory === null
    ? 'From the quarantine: '
    : `V1 in ${printable(directory)}: ${counted(users, 'user')}, ${counted(files.length, 'file')}, `

/** The files of all users by their names, in the order in which they were read. */
function kindsOf({ files }: ImportReport): Line[] {
  return [...Map.groupBy(files, ({ file }) => basename(file))].map(([name, group]) => {
    const sum = (of: keyof Counts): number => group.reduce((total, file) => total + file[of], 0)
    const [read, imported, merged, unchanged, conflict, quarantined] = COUNTS.map(sum) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const times = group.length > 1 ? ` (${group.length})` : ''
    return {
      name: printable(`${name}${times}`),
      read,
      imported,
      merged,
      unchanged,
      conflict,
      quarantined,
    }
  })
}

const EXAMPLES = 3

function told(title: string, all: readonly Told[], { paint }: View): string {
  if (all.length === 0) return ''
  const lines = all.flatMap(({ code, count, examples }) => [
    `  ${paint('yellow', code)} ${count}`,
    ...examples
      .slice(0, EXAMPLES)
      .map(({ file, position, message }) =>
        paint('dim', `    ${placeOf(file, position)}: ${printable(message)}`),
      ),
    ...(count > EXAMPLES ? [paint('dim', `    and ${count - EXAMPLES} more`)] : []),
  ])
  return [`${title}:`, ...lines].join('\n')
}

const placeOf = (file: string, position: string): string =>
  printable(position === '' ? file : `${file} ${position}`)

const SHOWN_FILES = 10

function archiveOnly(files: readonly string[], { paint }: View): string {
  if (files.length === 0) return ''
  const lines = files.slice(0, SHOWN_FILES).map((file) => paint('dim', `  ${printable(file)}`))
  const more = files.length - SHOWN_FILES
  return [
    'Not mapped, and kept in the archive of the directory only:',
    ...lines,
    ...(more > 0 ? [paint('dim', `  and ${more} more`)] : []),
  ].join('\n')
}

export function renderQuarantine(records: readonly QuarantinedRecord[], { paint }: View): string {
  if (records.length === 0) return 'Nothing is in quarantine.'
  const lines = records.flatMap(({ file, position, code, reason, content }) => [
    `${paint('yellow', code)} ${placeOf(file, position)}: ${printable(reason)}`,
    paint('dim', `  ${printable(content ?? 'kept in the archive of the directory only')}`),
  ])
  return [...lines, '', `${counted(records.length, 'record')} in quarantine.`].join('\n')
}
