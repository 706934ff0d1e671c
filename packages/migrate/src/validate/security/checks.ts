import type { Check } from '../check.ts'
import { backups } from './backups.ts'
import { connection, connectionRole } from './connection.ts'
import { fileModes } from './file-modes.ts'
import { masterKey } from './master-key.ts'
import { roleRights } from './role-rights.ts'

/** Who may get at the database, its backups and its key. */
export const SECURITY: readonly Check[] = [
  fileModes,
  masterKey,
  connection,
  connectionRole,
  roleRights,
  backups,
]
