import { type CodeInfo, code } from './code.ts'

/** Migration files. */
export const MIGRATIONS = {
  MIGRATIONS_NOT_FOUND: code(
    2,
    'The migrations folder is missing or cannot be read.',
    'Check the path, and that this user may read it.',
  ),
  MIGRATION_INVALID: code(
    2,
    'A migration file is not a migration.',
    'Export up and down, or defineMigration({...}) as default; in .sql write -- migrate:up.',
  ),
  MIGRATION_UNPARSABLE: code(2, 'A migration file does not parse.', 'Correct the file.'),
  DUPLICATE_VERSION: code(
    2,
    'Two files have the same version.',
    'Keep one of them, or rename one that was never applied.',
  ),
  UNKNOWN_VERSION: code(2, 'There is no such version.', 'See `status` for the versions.'),
  DEPENDENCY_MISSING: code(
    2,
    'A migration depends on a version that does not exist.',
    'Correct dependsOn, or bring the file back.',
  ),
  DEPENDENCY_CYCLE: code(
    2,
    'Migrations depend on each other in a circle.',
    'Remove one of the dependencies shown.',
  ),
  BUILD_STALE: code(
    2,
    'A built migration does not belong to the source whose checksum was recorded.',
    'Build again; never edit a built migration.',
  ),
} as const satisfies Record<string, CodeInfo>
