import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { DialectName } from '../dialect/port.ts'
import { MigrateError } from '../errors.ts'
import { diffSnapshots } from './diff.ts'
import { FACT_KINDS, type Fact, factKey, type Snapshot, snapshotOf } from './snapshot.ts'

/** What one version does to the schema. */
export interface VersionFacts {
  /** Of the migration it was made from. */
  readonly checksum: string
  /** What it makes or changes. */
  readonly adds: readonly Fact[]
  /** Keys of what it removes. */
  readonly removes: readonly string[]
}

/** The generated file beside the migrations: what each version makes, by version. */
export type SchemaVersions = ReadonlyMap<string, VersionFacts>

const FORMAT = 1

const value = v.union([v.string(), v.number(), v.boolean(), v.null(), v.array(v.string())])
const fileSchema = v.object({
  format: v.literal(FORMAT),
  versions: v.record(
    v.string(),
    v.object({
      checksum: v.string(),
      adds: v.array(
        v.object({
          kind: v.picklist(FACT_KINDS),
          table: v.nullable(v.string()),
          name: v.string(),
          is: v.record(v.string(), value),
        }),
      ),
      removes: v.array(v.string()),
    }),
  ),
})

export const schemaFilePath = (folder: string, dialect: DialectName): string =>
  join(folder, `schema.${dialect}.json`)

/** Reads the generated file; null when there is none. Throws SNAPSHOT_STALE when it cannot be understood. */
export function readSchemaVersions(folder: string, dialect: DialectName): SchemaVersions | null {
  const path = schemaFilePath(folder, dialect)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new MigrateError('SNAPSHOT_STALE', { message: `${path} cannot be read.`, cause })
  }
  try {
    return new Map(Object.entries(v.parse(fileSchema, JSON.parse(text)).versions))
  } catch (cause) {
    throw new MigrateError('SNAPSHOT_STALE', { message: `${path} is not understood.`, cause })
  }
}

/** What turns `before` into `after`. */
export function versionFacts(before: Snapshot, after: Snapshot, checksum: string): VersionFacts {
  const adds: Fact[] = []
  for (const [key, fact] of after) {
    const old = before.get(key)
    if (!old || diffSnapshots(new Map([[key, old]]), new Map([[key, fact]])).length) adds.push(fact)
  }
  const removes = [...before.keys()].filter((key) => !after.has(key))
  return { checksum, adds, removes }
}

/** The schema after these versions, in the order in which they run. */
export function composeVersions(versions: SchemaVersions, order: Iterable<string>): Snapshot {
  const facts = new Map<string, Fact>()
  for (const version of order) {
    const entry = versions.get(version)
    for (const key of entry?.removes ?? []) facts.delete(key)
    for (const fact of entry?.adds ?? []) facts.set(factKey(fact), fact)
  }
  return snapshotOf(facts.values())
}

/** The file's text: one fact a line, so that a review sees what a migration changes. */
export function formatSchemaVersions(versions: SchemaVersions): string {
  const list = (items: readonly string[], indent: string): string =>
    items.length ? `[\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}]` : '[]'
  const entries = [...versions].map(([version, { checksum, adds, removes }]) =>
    [
      `    ${JSON.stringify(version)}: {`,
      `      "checksum": ${JSON.stringify(checksum)},`,
      `      "adds": ${list(
        adds.map(({ source: _, position: __, ...fact }) => JSON.stringify(fact)),
        '      ',
      )},`,
      `      "removes": ${list(
        removes.map((key) => JSON.stringify(key)),
        '      ',
      )}`,
      '    }',
    ].join('\n'),
  )
  return `{\n  "format": ${FORMAT},\n  "versions": {\n${entries.join(',\n')}\n  }\n}\n`
}
