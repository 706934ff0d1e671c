import * as v from 'valibot'
import { parseAs } from '../catalogue/manifest.ts'

// What stands in an archive's manifest is documented in docs/formats.md. A change that an older version could misread
// is a new `format`.

export const ARCHIVE_FORMAT = 1

const bytes = v.pipe(v.number(), v.integer(), v.minValue(0))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const schema = v.strictObject({
  format: v.literal(ARCHIVE_FORMAT),
  /** The archive's file name, without a folder. */
  file: v.pipe(v.string(), v.regex(/^[^/\\]+$/)),
  madeAt: v.pipe(v.string(), v.isoTimestamp()),
  by: v.strictObject({ host: v.string(), pid: v.number() }),
  /** What whoever made it says of it. */
  about: v.record(v.string(), v.unknown()),
  /** Of the file as it is stored. */
  bytes,
  sha256,
  /** Of what is in it. */
  raw: v.strictObject({ bytes, sha256 }),
  /** The master key that opens it. */
  keyId: v.string(),
  recipient: v.string(),
})

/** What an archive is, as it stands in a JSON file beside it. Times are ISO 8601 in UTC, sizes bytes. */
export type ArchiveManifest = v.InferOutput<typeof schema>

export interface Archive {
  /** In the folder as it was named. */
  readonly file: string
  readonly manifest: ArchiveManifest
}

/** Throws BACKUP_DAMAGED for a text that is no manifest, BACKUP_NEWER for one of a later format. */
export const parseArchiveManifest = (text: string, path: string): ArchiveManifest =>
  parseAs(schema, ARCHIVE_FORMAT, text, path)
