import { stat } from 'node:fs/promises'
import { MigrateError } from '../../errors.ts'
import type { Finding } from '../../finding.ts'
import { timeOf } from './calendar.ts'
import { type Catalogue, type CatalogueEntry, entriesOf, readCatalogue } from './catalogue.ts'
import { describeDamage, describeUnreadable } from './findings.ts'
import { unlessFull } from './folder-error.ts'
import { createHasher } from './hash-file.ts'
import { type DatabaseId, readIndex } from './index-file.ts'
import { TIERS, type Tier } from './manifest.ts'
import { mendCatalogue } from './mend.ts'
import { removeListed } from './removal.ts'
import { planRetention, type RetentionPolicy } from './retention.ts'

export interface KeptBackup {
  readonly id: string
  readonly file: string
  readonly takenAt: string
  readonly tiers: readonly Tier[]
  /** Why: `newest of week 2026-W47`. */
  readonly reasons: readonly string[]
}

export interface RemovedFile {
  readonly id: string
  readonly file: string
  readonly tier: Tier
  /** What it freed: 0 while the same file stands in another tier. */
  readonly bytes: number
}

export interface Cleanup {
  /** Newest first. */
  readonly kept: readonly KeptBackup[]
  /** In the order of their removal. */
  readonly removed: readonly RemovedFile[]
  readonly findings: readonly Finding[]
}

export interface CleanupOptions {
  /** Only say what would be removed. */
  readonly dryRun: boolean
  readonly now: Date
  readonly onRemoved?: (file: string, bytes: number) => void
  readonly signal?: AbortSignal
}

/**
 * Removes the backups of one database that the rotation does not keep, oldest first, after the newest one was read and
 * found whole. Ends what a killed cleanup began. Call it under the run lock; a dry run needs none and writes nothing.
 * Throws CONFIG_INVALID for a policy that keeps nothing, BACKUP_NEWER, PERMISSION_DENIED, INTERRUPTED.
 */
export async function cleanUp(
  folder: string,
  database: DatabaseId,
  policy: RetentionPolicy,
  { dryRun, now, onRemoved, signal }: CleanupOptions,
): Promise<Cleanup> {
  const mended = dryRun ? [] : ((await unlessFull(mendCatalogue(folder, database))) ?? [])
  const catalogue = await readCatalogue(folder)
  const hash = createHasher({ signal })
  const plan = await planSoundly(catalogue, { database, policy, now, hash })
  const findings = [...mended, ...plan.findings]
  if (dryRun) return { kept: plan.kept, removed: await predictRemoval(plan.remove), findings }
  const { removed, findings: stayed } = await removeEntries(folder, plan.remove, hash, onRemoved)
  return { kept: plan.kept, removed, findings: [...findings, ...stayed] }
}

/**
 * Removes backups from every tier that they stand in, what they were promoted to first; with `hash` null whatever their
 * files hold. Says what stayed, and why.
 */
export async function removeEntries(
  folder: string,
  entries: readonly CatalogueEntry[],
  hash: ((file: string) => Promise<string>) | null,
  onRemoved?: (file: string, bytes: number) => void,
): Promise<Pick<Cleanup, 'removed' | 'findings'>> {
  const { listed } = await readIndex(folder)
  const removed: RemovedFile[] = []
  const findings: Finding[] = []
  for (const { id, file, tier, path } of entries.flatMap(filesOf)) {
    const backup = listed.get(path)
    if (backup?.id !== id) continue
    const { bytes, finding } = await removeListed(folder, backup, hash)
    if (finding) {
      findings.push(finding)
      continue
    }
    removed.push({ id, file, tier, bytes })
    onRemoved?.(file, bytes)
  }
  return { removed, findings }
}

interface PlanOptions {
  readonly database: DatabaseId
  readonly policy: RetentionPolicy
  readonly now: Date
}

/** What would go, oldest first, by the manifests alone. */
function planCleanup(
  catalogue: Catalogue,
  { database, policy, now }: PlanOptions,
  damaged: ReadonlySet<string> = new Set(),
): { kept: KeptBackup[]; remove: CatalogueEntry[] } {
  const backups = entriesOf(catalogue, database).map((entry) => {
    const { id, takenAt, reason } = entry.manifest
    const run = reason.kind === 'before' ? reason.run : null
    return { id, takenAt, tiers: entry.tiers, run, verified: !damaged.has(id), entry }
  })
  const plan = planRetention(backups, policy, now)
  return {
    kept: plan
      .filter(({ keep }) => keep.length > 0)
      .map(({ backup: { id, takenAt, tiers, entry }, keep }) => ({
        ...{ id, file: entry.file, takenAt, tiers },
        reasons: keep,
      })),
    remove: plan
      .filter(({ keep }) => keep.length === 0)
      .map(({ backup }) => backup.entry)
      .reverse(),
  }
}

/** Plans again without the newest backup where that one turns out to be damaged: it must not push out sound ones. */
async function planSoundly(
  catalogue: Catalogue,
  options: PlanOptions & { readonly hash: (file: string) => Promise<string> },
) {
  const damaged = new Set<string>()
  const findings: Finding[] = []
  for (;;) {
    const plan = planCleanup(catalogue, options, damaged)
    const newest = entriesOf(catalogue, options.database).find(
      ({ manifest: { id, takenAt } }) =>
        !damaged.has(id) && timeOf(takenAt) <= options.now.getTime(),
    )
    if (plan.remove.length === 0 || !newest) return { ...plan, findings }
    const problem = await findDamage(catalogue.folder, newest, options.hash)
    if (!problem) return { ...plan, findings }
    findings.push(problem)
    damaged.add(newest.manifest.id)
  }
}

/** What is wrong with the contents of a backup's first file; null for nothing. */
export async function findDamage(
  folder: string,
  { manifest, file, tiers }: CatalogueEntry,
  hash: (file: string) => Promise<string>,
): Promise<Finding | null> {
  const path = `${tiers[0]}/${manifest.file}`
  try {
    if ((await hash(file)) === manifest.sha256) return null
    return describeDamage(folder, path, undefined)
  } catch (error) {
    if (error instanceof MigrateError) throw error
    return describeUnreadable(folder, path, error)
  }
}

interface PlannedFile {
  readonly id: string
  readonly file: string
  readonly tier: Tier
  /** As the index has it. */
  readonly path: string
}

/** An entry's files in the order of their removal: what it was promoted to first. */
const filesOf = ({ manifest, files }: CatalogueEntry): PlannedFile[] =>
  TIERS.toReversed().flatMap((tier) => {
    const file = files[tier]
    return file ? [{ id: manifest.id, file, tier, path: `${tier}/${manifest.file}` }] : []
  })

/** What the removal of all of these would free. */
async function predictRemoval(entries: readonly CatalogueEntry[]): Promise<RemovedFile[]> {
  const links = new Map<string, number>()
  const removed: RemovedFile[] = []
  for (const { id, file, tier } of entries.flatMap(filesOf)) {
    const { dev, ino, nlink, size } = await stat(file)
    const seen = (links.get(`${dev}:${ino}`) ?? 0) + 1
    links.set(`${dev}:${ino}`, seen)
    removed.push({ id, file, tier, bytes: seen === nlink ? size : 0 })
  }
  return removed
}

/** What a cleanup would free, in bytes. */
export async function freedByCleanup(catalogue: Catalogue, options: PlanOptions): Promise<number> {
  const planned = planCleanup(catalogue, options).remove
  return (await predictRemoval(planned)).reduce((sum, { bytes }) => sum + bytes, 0)
}
