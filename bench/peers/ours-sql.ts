import { load, ready } from './ours.ts'
import type { Peer } from './peer.ts'

/** Runs dbmate's migration files as they are. */
export const peer: Peer = {
  name: 'ours-sql',
  databases: ['sqlite', 'postgres'],
  format: 'dbmate',
  load,
  ready,
}
