import type { BackupPhase, Emit } from '../events.ts'

/** How long a backup's phases took. */
export interface Phases {
  progress(phase: BackupPhase, done: number, total: number): void
  /** What comes now belongs to none of them. */
  rest(): void
  end(): { readonly durationMs: number; readonly verifyMs: number }
}

const VERIFYING: readonly BackupPhase[] = ['check', 'read']

export function createPhases(emit: Emit): Phases {
  const started = performance.now()
  let current: BackupPhase | null = null
  let since = started
  let verifyMs = 0
  const turn = (phase: BackupPhase | null): void => {
    const now = performance.now()
    if (current !== null && VERIFYING.includes(current)) verifyMs += now - since
    current = phase
    since = now
  }
  return {
    progress(phase, done, total) {
      if (phase !== current) turn(phase)
      emit({ type: 'backup.progress', phase, done, total })
    },
    rest: () => turn(null),
    end() {
      turn(null)
      return {
        durationMs: Math.round(performance.now() - started),
        verifyMs: Math.round(verifyMs),
      }
    },
  }
}
