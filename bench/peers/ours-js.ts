import { load, ready } from './ours.ts'
import type { Peer } from './peer.ts'

/** Runs kysely's migration files as they are. */
export const peer: Peer = {
  name: 'ours-js',
  databases: ['sqlite', 'postgres'],
  format: 'kysely',
  load,
  ready,
}
