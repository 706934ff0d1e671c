import { type Check, type Checked, skipped } from '../check.ts'
import type { Scene } from '../scene.ts'
import type { Group } from './condition.ts'
import { expectedRows } from './expected-rows.ts'
import { brokenForeignKeys } from './foreign-keys.ts'
import { scanOf } from './scan.ts'

/** What rows must be: foreign keys hold, and all that the project expects of its data. */
export const DATA: readonly Check[] = [
  {
    category: 'constraints',
    name: 'foreign keys hold',
    run: async (scene) => sampled(scene, await brokenForeignKeys(scene)),
  },
  {
    category: 'data',
    name: 'orphans',
    async run(scene) {
      const relations = await told(scene, 'relations')
      if (scene.has('constraints')) return sampled(scene, relations)
      const declared = await brokenForeignKeys(scene)
      return sampled(scene, {
        checked: declared.checked + relations.checked,
        findings: [...declared.findings, ...relations.findings],
      })
    },
  },
  expectation('required fields', 'required'),
  expectation('JSON', 'json'),
  expectation('known values', 'values'),
  expectation('dates', 'dates'),
  expectation('types and lengths', 'types'),
  expectation('one active row', 'single'),
  expectedRows('data'),
  expectedRows('security'),
]

function expectation(name: string, group: Group): Check {
  return {
    category: 'data',
    name,
    async run(scene) {
      const checked = await told(scene, group)
      return checked.checked === 0 && checked.findings.length === 0
        ? skipped('Nothing of the kind is expected here.')
        : sampled(scene, checked)
    },
  }
}

async function told(scene: Scene, group: Group): Promise<Checked> {
  const scanned = await scanOf(scene)
  return { checked: scanned.looked(group), findings: scanned.findings(group) }
}

const sampled = ({ sample }: Scene, checked: Checked): Checked =>
  sample === null
    ? checked
    : { ...checked, note: `A sample: about ${sample.toLocaleString('en')} rows a table.` }
