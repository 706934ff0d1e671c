import { type CodeInfo, code } from './code.ts'

/** Running. */
export const RUNNING = {
  STEP_FAILED: code(1, 'A migration failed and was rolled back.', 'Correct it and run again.'),
  WORK_FAILED: code(
    1,
    "A project's own work failed, with an error that is none of this tool's.",
    'Correct what is named, or report it to whoever made the work; then run it again. What it had committed stays.',
  ),
  CLAIM_LOST: code(
    1,
    'Another runner has taken this step.',
    'Run again: it will find the step done.',
    true,
  ),
  CHECK_FAILED: code(
    1,
    'A step broke what it promised to keep and was rolled back.',
    'Correct the migration.',
  ),
  ROWS_LOST: code(
    1,
    'Rows would have been lost; the step was rolled back.',
    'Correct the migration, or declare the table in `shrinks` if the loss is meant.',
  ),
  FOREIGN_KEY_VIOLATION: code(
    1,
    'Rows would point at nothing; the step was rolled back.',
    'Correct the migration so that every reference has its row.',
  ),
  DROP_REFUSED: code(
    1,
    'Dropping the table would delete rows of other tables without a word; the step was rolled back.',
    "Declare foreignKeys: 'checked' in the migration for a rebuild, or empty the rows that refer to it first.",
  ),
  INTERRUPTED: code(130, 'The run was interrupted.', 'Run again to go on.', true),
  PLAN_STALE: code(
    1,
    'The database changed between the plan and its execution.',
    'Plan again.',
    true,
  ),
} as const satisfies Record<string, CodeInfo>
