import type { Category, Checked, Finding } from '../finding.ts'
import type { Scene } from './scene.ts'

export type { Checked }

/** One thing that `validate` looks at. */
export interface Check {
  readonly category: Category
  /** A few words in small letters: `foreign keys hold`. */
  readonly name: string
  run(scene: Scene): Checked | Promise<Checked>
}

export const skipped = (why: string): Checked => ({ checked: 0, findings: [], skipped: why })

/** The finding with its examples cut to three. */
export const withExamples = (finding: Finding, examples: readonly string[]): Finding =>
  examples.length > 0 ? { ...finding, examples: examples.slice(0, MOST_EXAMPLES) } : finding

export const MOST_EXAMPLES = 3
