import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { MigrateError } from '../../../errors.ts'
import type { Dialect, Prepared, PrepareOptions } from '../../port.ts'
import { type Connection, connect, type PostgresTarget, UNLIMITED } from '../connection.ts'
import { beside, databaseName, nameWith, oidOf, onDatabase } from '../databases.ts'
import { send } from '../session.ts'
import { dropAbandoned } from './abandoned.ts'
import { carrySettings, grantStatements, isFreezing } from './carry.ts'
import { endWith, readContent } from './content.ts'
import { dropDatabase } from './drop-database.ts'
import { setMark } from './marks.ts'
import { assertNothingPrepared } from './prepared-transactions.ts'
import { createStatement, type Properties, readProperties, type Setting } from './properties.ts'
import { HEAD_BYTES, kindOf } from './raw.ts'
import { assertNotNewer, type RestoreJob, readFacts, restoreArchive } from './restore-archive.ts'
import { restoreSql } from './restore-sql.ts'
import { assertMayRestore } from './rights.ts'
import { readServer, type Server } from './server.ts'
import { clientsAmong, notEndable, sessionsOf } from './sessions.ts'
import { showLife } from './sign-of-life.ts'
import { swap } from './swap.ts'

/** Restores a raw copy into a new database beside the live one. Several may be at it at once. */
export async function prepare(
  target: PostgresTarget,
  file: string,
  options: PrepareOptions,
  dialectFor: (target: PostgresTarget) => Dialect,
  folders: readonly string[],
): Promise<Prepared> {
  const { signal, swappable, onProgress } = options
  const restore = await restoreOf(file, folders, signal)
  const live = await databaseName(target)
  const name = nameWith(live, `_restoring_${randomBytes(8).toString('hex')}`)
  const place = onDatabase(target, name)
  const { server, properties } = await beside(target, async (connection) => {
    const server = await readServer(connection)
    restore.assertFits(server)
    const properties = await readProperties(connection, live)
    await assertMayRestore(connection, properties)
    if (swappable && properties) await assertReplaceable(connection, properties)
    await dropAbandoned(connection, target, live)
    return { server, properties }
  })
  const life = await showLife(target, name)
  const discard = async () => {
    try {
      // by its own name, which it has no more once it took the place
      await beside(target, (connection) => dropDatabase(connection, target, name))
    } finally {
      await life.close().catch(() => {})
    }
  }
  try {
    const { oid, refused } = await beside(target, (connection) =>
      create(connection, name, live, properties),
    )
    await restore.run({ file, target: place, server, folders, onProgress, signal })
    await analyze(place, signal)
    return {
      dialect: dialectFor(place),
      content: () => readContent(place, signal),
      async swap(options) {
        if (!swappable) throw new Error('What was restored for a test has no place to take.')
        const places = { target, live, place, name, oid, properties, refused }
        const swapped = await swap(places, options)
        await life.close().catch(() => {})
        return swapped
      },
      discard,
    }
  } catch (error) {
    // what went wrong first is what to tell; what stays is removed by the next restore
    await discard().catch(() => {})
    throw asRestoreError(error)
  }
}

interface Restore {
  /** Throws BACKUP_NEWER. */
  assertFits(server: Server): void
  run(job: RestoreJob): Promise<void>
}

async function restoreOf(
  file: string,
  folders: readonly string[],
  signal: AbortSignal,
): Promise<Restore> {
  if (kindOf(await readHead(file)) === 'sql') return { assertFits() {}, run: restoreSql }
  const facts = await readFacts(file, folders, signal)
  return {
    assertFits: (server) => assertNotNewer(facts.serverVersion, server),
    run: (job) => restoreArchive(job, facts),
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** Before anything is restored, so that nobody who may not see it can connect meanwhile. */
async function create(
  connection: Connection,
  name: string,
  live: string,
  properties: Properties | null,
): Promise<{ oid: number; refused: Setting[] }> {
  await send(connection, createStatement(connection, name, properties))
  const at = new Date().toISOString()
  await setMark(connection, name, { kind: 'restoring', of: live, at, comment: null })
  const grants = properties ? grantStatements(connection, name, properties) : []
  for (const statement of grants) await send(connection, statement)
  const settings = properties?.settings.filter((setting) => !isFreezing(setting)) ?? []
  const refused = await carrySettings(connection, name, settings)
  const oid = await oidOf(connection, name)
  if (oid === null) throw new MigrateError('RESTORE_FAILED', { message: `${name} was dropped.` })
  return { oid, refused }
}

/** What would be in the way at the end is said before the work. */
async function assertReplaceable(connection: Connection, { oid, name }: Properties): Promise<void> {
  await assertNothingPrepared(connection, name)
  const clients = clientsAmong(await sessionsOf(connection, [oid]))
  const stay = clients.filter(({ endable }) => !endable)
  if (stay.length > 0) throw notEndable(name, stay)
}

/** No dump holds the statistics that the planner needs. */
async function analyze(place: PostgresTarget, signal: AbortSignal): Promise<void> {
  const connection = await connect(place, 'migrate-restore', [
    ['default_transaction_read_only', 'off'],
    ...UNLIMITED,
  ])
  const stop = endWith(connection, signal)
  try {
    await send(connection, 'ANALYZE')
  } finally {
    stop()
    await connection.close().catch(() => {})
  }
}

/** Such a statement is one of ours, and no migration's. */
const asRestoreError = (thrown: unknown): unknown =>
  thrown instanceof MigrateError && thrown.code === 'STATEMENT_FAILED'
    ? new MigrateError('RESTORE_FAILED', { message: thrown.message, cause: thrown })
    : thrown
