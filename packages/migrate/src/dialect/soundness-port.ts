import type { Checked } from '../finding.ts'
import type { Session } from './session.ts'

/** What the database itself can say of its soundness. Writes nothing. */
export interface SoundnessPort {
  /** Constraints that are declared and do not hold every write. */
  enforcement(session: Session): Promise<Checked>
  /** Every page of a file, and with it NOT NULL, CHECK and UNIQUE; a server checks its own pages as it reads them. */
  storage(session: Session): Promise<Checked>
  /** Indexes against their tables: PostgreSQL's amcheck, where it is installed. */
  indexes(session: Session): Promise<Checked>
}
