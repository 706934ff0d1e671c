import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Finding } from '@fossawork/migrate'
import type { Fault, Victim } from './fault.ts'
import { CLEAR } from './security.ts'

/** What is found is of the fault's category alone, and says where it is, how much and what to do, but no secret. */
export function assertFound(fault: Fault, found: readonly Finding[], victim: Victim): void {
  const all = JSON.stringify(found, null, 1)
  const others = found.filter(({ category }) => category !== fault.category)
  assert.deepEqual(others, [], `not of ${fault.category}`)
  const there = found.find((finding) => finding.code === fault.code && isAt(finding, fault, victim))
  assert.ok(there, `${fault.code} at ${fault.place} is not among ${all}`)
  for (const { message, fix, count, examples = [] } of found) {
    assert.ok(message && fix, all)
    assert.ok(count === undefined || count > 0, all)
    assert.ok(examples.length <= 3, all)
  }
  if (fault.rows !== undefined) {
    assert.equal(there.count, fault.rows)
    assert.ok(there.examples?.length || there.code === 'IMPORT_DIFFERS', all)
  }
  for (const secret of CLEAR) assert.ok(!all.includes(secret), 'a secret stands in a finding')
}

function isAt({ at }: Finding, { place }: Fault, { folder }: Victim): boolean {
  if (at?.version === place) return true
  if (at?.object !== undefined) return isWithin(at.object, place, [' ', '.'])
  return at?.file !== undefined && isWithin(at.file, join(folder, place), ['/'])
}

const isWithin = (object: string, place: string, next: readonly string[]): boolean =>
  object === place || next.some((separator) => object.startsWith(`${place}${separator}`))
