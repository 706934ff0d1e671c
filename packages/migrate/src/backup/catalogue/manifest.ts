import * as v from 'valibot'
import { MigrateError } from '../../errors.ts'
import { describeIssues } from '../../issues.ts'

// What stands in a manifest is documented in docs/formats.md. A change that an older version could misread is a new
// `format`.

export const MANIFEST_FORMAT = 1

export const TIERS = ['daily', 'weekly', 'monthly'] as const
/** A backup's place in the rotation: the folder that it stands in. */
export type Tier = (typeof TIERS)[number]

const text = v.pipe(v.string(), v.minLength(1))
const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const time = v.pipe(v.string(), v.isoTimestamp())

const schema = v.strictObject({
  format: v.literal(MANIFEST_FORMAT),
  /** The same in every tier that the backup stands in. */
  id: v.pipe(v.string(), v.uuid()),
  /** The backup's file name, without a folder. */
  file: v.pipe(v.string(), v.regex(/^[^/\\]+$/)),
  takenAt: time,
  by: v.strictObject({
    osUser: v.nullable(v.string()),
    host: v.string(),
    pid: v.number(),
    toolVersion: text,
  }),
  /** `before`: taken by the run `run` of `verb`, before it changed anything. */
  reason: v.variant('kind', [
    v.strictObject({ kind: v.literal('manual') }),
    v.strictObject({ kind: v.literal('before'), verb: text, run: text }),
  ]),
  database: v.strictObject({
    dialect: v.picklist(['sqlite', 'postgres']),
    identity: text,
    serverVersion: text,
  }),
  /** Where the database stood: its current version, and the last entry of its journal's log. */
  schema: v.strictObject({
    version: v.nullable(v.string()),
    log: v.nullable(v.strictObject({ seq: v.number(), hash: sha256 })),
  }),
  /** Of the file as it is stored. */
  bytes,
  sha256,
  /** Of the copy in it, before it was packed. */
  raw: v.strictObject({ bytes, sha256 }),
  content: v.strictObject({
    method: text,
    digest: sha256,
    rows: v.record(v.string(), bytes),
  }),
  /** What was proved before the backup counted. */
  verified: v.strictObject({ at: time, checks: v.array(text) }),
  tier: v.picklist(TIERS),
  compression: v.picklist(['none', 'zstd', 'gzip']),
  encryption: v.nullable(v.strictObject({ format: v.literal('age'), recipient: text })),
})

/** What a backup is, as it stands in a JSON file beside it. Times are ISO 8601 in UTC, sizes bytes. */
export type Manifest = v.InferOutput<typeof schema>

/** The manifest of a backup file stands beside it. */
export const manifestName = (file: string): string => `${file}.json`

export const formatManifest = (manifest: Manifest): string =>
  `${JSON.stringify(manifest, null, 2)}\n`

/** Throws BACKUP_DAMAGED for a text that is no manifest, BACKUP_NEWER for one of a later format. */
export const parseManifest = (text: string, path: string): Manifest =>
  parseAs(schema, MANIFEST_FORMAT, text, path)

/** Reads a manifest of a kind whose latest format is `latest`. Throws BACKUP_DAMAGED, BACKUP_NEWER. */
export function parseAs<const S extends v.GenericSchema>(
  kind: S,
  latest: number,
  text: string,
  path: string,
): v.InferOutput<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new MigrateError('BACKUP_DAMAGED', {
      message: `The manifest ${path} is damaged: it is no JSON.`,
      cause,
    })
  }
  const format = (value as { format?: unknown } | null)?.format
  if (typeof format === 'number' && format > latest) {
    throw new MigrateError('BACKUP_NEWER', {
      message: `The manifest ${path} has format ${format}; this version knows ${latest}.`,
      hint: 'Use the version of this tool that made the backup, or a later one.',
    })
  }
  const parsed = v.safeParse(kind, value)
  if (parsed.success) return parsed.output
  throw new MigrateError('BACKUP_DAMAGED', {
    message: `The manifest ${path} is damaged: ${describeIssues(parsed.issues, 'manifest')}.`,
  })
}
