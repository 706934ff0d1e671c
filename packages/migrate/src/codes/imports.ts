import { type CodeInfo, code } from './code.ts'

/** Imports from a directory of another program. */
export const IMPORTS = {
  IMPORT_SOURCE_NOT_FOUND: code(
    2,
    'The directory to import from is not there, or is not of the kind that is imported.',
    'Name the right directory.',
  ),
  IMPORT_SOURCE_CHANGED: code(
    3,
    'The directory to import from changed while it was read.',
    'Stop the program that writes to it, then run it again.',
  ),
  IMPORT_USER_UNKNOWN: code(
    2,
    'A user who was named is not in the directory to import from.',
    'Check the ids that were given.',
  ),
  IMPORT_MISMATCH: code(
    1,
    'The database does not hold what was read from the directory to import from.',
    'Run the import again; if that does not help, report it, please.',
  ),
} as const satisfies Record<string, CodeInfo>
