import { MigrateError } from '../errors.ts'
import type { Diagnosis } from '../run/diagnose.ts'
import type { RepairAction, RepairResult } from '../run/repair.ts'
import type { WayOut } from '../run/ways-out.ts'
import type { CommandContext } from './command.ts'

const LEAVE = 'leave'

/** Lets the user choose a way out of what was found; null: it is left as it is. */
export async function chooseWay(
  found: Diagnosis,
  { note, select }: Pick<CommandContext, 'note' | 'select'>,
): Promise<WayOut | null> {
  const ways = found.waysOut.filter(({ does }) => does.kind !== 'by hand')
  const { renderDiagnosis } = await import('./render/repair.ts')
  note((view) => renderDiagnosis(found, view))
  const chosen = await select(
    `What is true of ${found.version}?`,
    [
      ...ways.map(({ means }, at) => ({ value: String(at), label: means })),
      { value: LEAVE, label: 'Leave it as it is.' },
    ],
    'Pass what to do: see `repair --help`.',
  )
  return ways[Number(chosen)] ?? null
}

/** Why: as it was given, or asked for where there is somebody to ask. Throws OPTION_MISSING. */
export async function reasonFor(
  given: string | undefined,
  { isInteractive, ask }: Pick<CommandContext, 'isInteractive' | 'ask'>,
): Promise<string> {
  if (given !== undefined) return given
  const missing = 'repair needs --reason <TEXT>: why; it is kept in the log.'
  if (!isInteractive) throw new MigrateError('OPTION_MISSING', { message: missing })
  return ask('Why? It is kept in the log.', 'Pass --reason TEXT.')
}

/** What a repair did, in one sentence. */
export function renderRepair({ version, before, after }: RepairResult, { kind }: RepairAction) {
  return kind === 'accept-checksum'
    ? `${version} has the checksum of its file now.`
    : `${version} was ${before.status}, it is ${after.status} now.`
}
