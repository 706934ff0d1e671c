import { mapActivity } from './activities.ts'
import { mapBatch } from './batches.ts'
import { mapChange } from './changes.ts'
import { mapCompletedJob } from './completed-jobs.ts'
import { mapCredentials } from './credentials.ts'
import { mapDispensers } from './dispensers.ts'
import type { FileKind } from './file-kind.ts'
import { mapPreferences } from './preferences.ts'
import { mapProvers } from './provers.ts'
import { mapScheduleReport } from './schedule-changes.ts'
import { mapScrapedCopy } from './scraped-copy.ts'
import { mapWorkOrder } from './work-orders.ts'

type Kind = Pick<FileKind, 'item' | 'whole' | 'isCopy'> &
  Partial<Pick<FileKind, 'lists' | 'format'>>

/** In the order in which they are read. */
const FILES: Readonly<Record<string, Kind>> = {
  'scraped_content.json': {
    lists: ['workOrders', 'jobs', ''],
    item: mapWorkOrder,
    whole: mapScrapedCopy,
    isCopy: true,
  },
  'dispenser_store.json': { lists: ['dispenserData', 'dispensers', ''], item: mapDispensers },
  'scraped_content.previous.json': { whole: mapScrapedCopy, isCopy: true },
  'work_fossa_credentials.json': { whole: mapCredentials },
  'email_settings.json': { whole: mapPreferences('email') },
  'pushover_settings.json': { whole: mapPreferences('pushover') },
  'notification_settings.json': { whole: mapPreferences('notification') },
  'work_week_preference.json': { whole: mapPreferences('work_week') },
  'prover_preferences.json': { whole: mapProvers },
  'activity_log.json': { lists: ['activities', ''], item: mapActivity },
  'completed_jobs.json': { lists: ['completedJobs', 'jobs', ''], item: mapCompletedJob },
  'batch_history.json': { lists: ['batches', ''], item: mapBatch },
  'change_history.json': { lists: ['changes', ''], item: mapChange },
  'schedule_changes.txt': { whole: mapScheduleReport, format: 'text' },
}

/** Every file of a user's folder that the mapping knows, in the order in which they are read. */
export const KINDS: readonly FileKind[] = Object.entries(FILES).map(
  ([name, { lists = [], format = 'json', ...mappings }], order): FileKind => ({
    name,
    format,
    order,
    lists,
    ...mappings,
  }),
)

const byName: ReadonlyMap<string, FileKind> = new Map(KINDS.map((kind) => [kind.name, kind]))

/** What a file in a user's folder is, by its name; null for one that stays in the archive. */
export function kindOf(fileName: string): FileKind | null {
  return byName.get(fileName) ?? null
}
