import type { ProjectCheck } from '@fossawork/migrate'
import { auditTrailAgainstLog } from './checks/audit-trail.ts'
import { keyPresentAndRight, noCredentialInClear } from './checks/credentials.ts'
import { dispenserOwners } from './checks/dispenser-owners.ts'
import { v1Reconciliation } from './checks/v1-reconciliation.ts'

/** What FossaWork checks of its database beyond its expectations. */
export const PROJECT_CHECKS: readonly ProjectCheck[] = [
  auditTrailAgainstLog,
  dispenserOwners,
  v1Reconciliation,
  noCredentialInClear,
  keyPresentAndRight,
]
