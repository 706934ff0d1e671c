import type { MigrateError } from '../../errors.ts'

/** The error for a layer that cannot be read: `what` is wrong with it, `it` being the layer. */
export type Damage = (what: string, cause?: unknown) => MigrateError
