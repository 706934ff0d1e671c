import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapSettings } from '../../../src/v1/map/settings.ts'
import { mapUsers } from '../../../src/v1/map/users.ts'
import type { Mapping } from '../../../src/v1/record.ts'
import { mapFile } from './support.ts'

const listOf = (length: number) => Array.from({ length }, () => ({ a: 1 }))
const objectOf = (length: number) => Object.fromEntries(listOf(length).entries())

/** What comes of a list of so many entries, wherever one stands. */
const PLACES: Readonly<Record<string, (length: number) => readonly Mapping[]>> = {
  provers: (length) => mapFile('prover_preferences.json', listOf(length)),
  'named provers': (length) =>
    mapFile('prover_preferences.json', { preferences: { provers: objectOf(length) } }),
  dispensers: (length) =>
    mapFile('dispenser_store.json', [{ workOrderId: 'W-1', dispensers: listOf(length) }]),
  users: (length) => mapUsers('users.json', listOf(length)).mappings,
  settings: (length) => mapSettings('settings.json', objectOf(length), () => undefined),
}

test('more entries than V1 ever has are one record, with the reason', () => {
  const message = 'A list has 50,001 entries, where 50,000 are the limit.'
  for (const [place, map] of Object.entries(PLACES)) {
    const [whole, ...others] = map(50_001)
    assert.ok(whole && 'quarantine' in whole, place)
    assert.deepEqual(whole.quarantine, { code: 'SHAPE_UNKNOWN', message }, place)
    assert.deepEqual(others, [], place)
    const [first] = map(50_000)
    assert.ok(first && !('quarantine' in first && first.quarantine.message === message), place)
  }
})
