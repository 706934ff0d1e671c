import type { Note, NoteCode, QuarantineCode } from '../record.ts'
import { addCounts, type Counts, noCounts, type OpenFile } from './open-file.ts'
import type { Pending } from './settled.ts'

/** What an import comes to. A dry run gives the very same. */
export interface ImportReport {
  /** The V1 directory's real path; null for what was in quarantine. */
  readonly directory: string | null
  /** How many users of V1 there are. */
  readonly users: number
  readonly totals: Counts
  readonly files: readonly (Counts & { readonly file: string; readonly userId: string | null })[]
  /** Why records were quarantined. */
  readonly quarantined: readonly Told<QuarantineCode>[]
  /** What else is worth knowing. */
  readonly notes: readonly Told<NoteCode>[]
  /** What the mapping does not know: it stays in the archive of the directory. */
  readonly archiveOnly: readonly string[]
}

/** How often something was met, and where it was first. */
export interface Told<Code extends string = string> {
  readonly code: Code
  readonly count: number
  readonly examples: readonly Place[]
}

export interface Place {
  readonly file: string
  readonly position: string
  readonly message: string
}

export interface Reporter {
  note(note: Note): void
  quarantine(pending: Pending): void
  file(file: OpenFile): void
  report(about: Pick<ImportReport, 'directory' | 'users'>): ImportReport
}

const EXAMPLES = 5

export function createReporter(): Reporter {
  const notes = new Map<NoteCode, { count: number; examples: Place[] }>()
  const quarantined = new Map<QuarantineCode, { count: number; examples: Place[] }>()
  const archiveOnly: string[] = []
  const files: OpenFile[] = []
  return {
    note(note) {
      if (note.code === 'ARCHIVE_ONLY') archiveOnly.push(note.file)
      else count(notes, note.code, note)
    },
    quarantine({ file, record: { position, body } }) {
      if (body.kind !== 'quarantine') return
      count(quarantined, body.code, { file: file.path, position, message: body.message })
    },
    file: (file) => void files.push(file),
    report(about) {
      const totals = noCounts()
      for (const { counts } of files) addCounts(totals, counts)
      return {
        ...about,
        totals,
        files: files.map(({ path, userId, counts }) => ({
          file: path,
          userId: userId || null,
          ...counts,
        })),
        quarantined: told(quarantined),
        notes: told(notes),
        archiveOnly,
      }
    },
  }
}

function count<Code>(
  all: Map<Code, { count: number; examples: Place[] }>,
  code: Code,
  { file, position, message }: Place,
): void {
  const found = all.get(code) ?? { count: 0, examples: [] }
  found.count++
  if (found.examples.length < EXAMPLES) found.examples.push({ file, position, message })
  all.set(code, found)
}

const told = <Code extends string>(
  all: ReadonlyMap<Code, { count: number; examples: Place[] }>,
): Told<Code>[] =>
  [...all].map(([code, found]) => ({ code, ...found })).sort((a, b) => (a.code < b.code ? -1 : 1))
