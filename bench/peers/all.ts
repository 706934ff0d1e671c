import { peer as dbmate } from './dbmate.ts'
import { peer as drizzle } from './drizzle.ts'
import { peer as floor } from './floor.ts'
import { peer as knex } from './knex.ts'
import { peer as kysely } from './kysely.ts'
import { peer as nodePgMigrate } from './node-pg-migrate.ts'
import { peer as oursJs } from './ours-js.ts'
import { peer as oursSql } from './ours-sql.ts'
import type { Peer } from './peer.ts'
import { peer as umzug } from './umzug.ts'

/** Everything that is measured. To add a tool: its file here, its format in generate.ts, its goals in goals.ts. */
export const PEERS: readonly Peer[] = [
  oursSql,
  oursJs,
  umzug,
  kysely,
  knex,
  drizzle,
  nodePgMigrate,
  dbmate,
  floor,
]
