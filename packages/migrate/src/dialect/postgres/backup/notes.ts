import { asMigrateError } from '../../../errors.ts'
import type { Finding } from '../../../finding.ts'
import type { Connection } from '../connection.ts'
import { beside, oidOf } from '../databases.ts'
import { send } from '../session.ts'
import { nameOf, settingStatement } from './carry.ts'
import type { Places, Previous } from './places.ts'
import { type Properties, readProperties, type Setting } from './properties.ts'
import { disableSubscriptions, subscriptionsOf } from './subscriptions.ts'

/** What a swap could not bring over, and how: it is done by now, so nothing of this is an error. */
export async function swapNotes(
  places: Places,
  previous: Previous | null,
  refused: readonly Setting[],
): Promise<Finding[]> {
  try {
    return await beside(places.target, async (connection) => [
      ...(places.properties ? [] : defaulted(await readProperties(connection, places.live))),
      ...refused.map((setting) => notCarried(connection, places.live, setting)),
      ...(await subscriptionNotes(connection, places, previous)),
      ...(previous ? await slotNotes(connection, places.live, previous.name) : []),
    ])
  } catch (thrown) {
    const { code, message } = asMigrateError(thrown)
    const what = `The restored database has taken the place of ${places.live}; what of the replaced one stayed behind could not be read`
    return [{ code, severity: 'warning', message: `${what}: ${message}` }]
  }
}

function defaulted(now: Properties | null): Finding[] {
  if (!now) return []
  const { name, owner, encoding, tablespace, row } = now
  return [
    {
      code: 'PROPERTIES_DEFAULTED',
      severity: 'warning',
      message: `The database ${name} was not there, and no dump holds what belongs to a database itself. Its owner is ${owner}, its encoding ${encoding}, its collation ${row.datcollate}, its tablespace ${tablespace}, as this server makes new ones; it has no grants, no settings, no connection limit and no comment of its own.`,
      fix: 'Give it back what it had, with ALTER DATABASE, GRANT and COMMENT ON DATABASE.',
    },
  ]
}

/** An application's own setting may be a secret of it. */
function notCarried(connection: Connection, live: string, setting: Setting): Finding {
  const name = nameOf(setting.setting)
  const isOwn = name.includes('.')
  const whose = setting.role === null ? '' : ` of the role ${setting.role}`
  return {
    code: 'SETTING_NOT_CARRIED',
    severity: 'warning',
    message: `The setting ${name}${whose} was not made for the restored ${live}: the user may not.`,
    fix: `Let a superuser run ${settingStatement(connection, live, setting, isOwn ? '…' : undefined)};${
      isOwn ? ' its value stands in pg_db_role_setting, at the replaced database.' : ''
    }`,
  }
}

/** Stops those of what was replaced; those of what was restored are stopped as pg_restore makes them. */
async function subscriptionNotes(
  connection: Connection,
  { target, live, oid }: Places,
  previous: Previous | null,
): Promise<Finding[]> {
  const quoted = (name: string) => connection.client.escapeIdentifier(name)
  const restored = await subscriptionsOf(connection, oid)
  const kept = previous ? await subscriptionsOf(connection, previous.oid) : []
  const notes: Finding[] = []
  for (const subscription of kept.filter(({ enabled }) => enabled)) {
    try {
      await disableSubscriptions(target, previous?.name ?? '', [subscription])
    } catch (thrown) {
      notes.push({
        code: 'SUBSCRIPTION_DISABLED',
        severity: 'warning',
        message: `The subscription ${subscription.name} goes on in ${previous?.name}, and takes what the restored one should get: ${asMigrateError(thrown).message}`,
        fix: `Let a superuser run, in ${previous?.name}: ALTER SUBSCRIPTION ${quoted(subscription.name)} DISABLE;`,
      })
    }
  }
  for (const { name } of restored) {
    const also = kept.some((one) => one.name === name) ? ` as well as in ${previous?.name}` : ''
    notes.push({
      code: 'SUBSCRIPTION_DISABLED',
      severity: 'warning',
      message: `The subscription ${name} is disabled in the restored ${live}${also}: what came through it since the backup is not in ${live}, and does not come again by itself.`,
      fix: `To go on from here run, in ${live}: ALTER SUBSCRIPTION ${quoted(name)} ENABLE; ALTER SUBSCRIPTION ${quoted(name)} REFRESH PUBLICATION WITH (copy_data = false);`,
    })
  }
  for (const { name } of kept.filter((one) => !restored.some(({ name }) => name === one.name))) {
    notes.push({
      code: 'SUBSCRIPTION_DISABLED',
      severity: 'warning',
      message: `The subscription ${name} is disabled in ${previous?.name}; the restored ${live} has none of that name.`,
      fix: `Create it anew in ${live}, if it is to go on there.`,
    })
  }
  return notes
}

interface Slot {
  readonly name: string
  readonly plugin: string
}

/** A slot belongs to its database by number: it does not follow the name. */
async function slotsOf(connection: Connection, database: string): Promise<Slot[]> {
  return (await send<Slot>(connection, SLOTS, [database])).rows
}

const SLOTS = `
SELECT slot_name AS name, plugin FROM pg_replication_slots
WHERE database = $1 AND slot_type = 'logical' AND NOT temporary ORDER BY slot_name`

async function slotNotes(connection: Connection, live: string, kept: string): Promise<Finding[]> {
  return (await slotsOf(connection, kept)).map(({ name, plugin }) => ({
    code: 'SLOT_LEFT_BEHIND',
    severity: 'warning',
    message: `The logical replication slot ${name} stays with ${kept}: its consumer gets nothing of the restored ${live}, and it keeps WAL on the server.`,
    fix: `To consume ${live} run there: SELECT pg_drop_replication_slot('${name}'); SELECT pg_create_logical_replication_slot('${name}', '${plugin}'); and fill the consumer anew.`,
  }))
}

/** What goes for good with a database that is dropped, and what it leaves elsewhere. */
export async function lossNotes(connection: Connection, database: string): Promise<Finding[]> {
  const oid = await oidOf(connection, database)
  const subscriptions = oid === null ? [] : await subscriptionsOf(connection, oid)
  return [
    ...(await slotsOf(connection, database)).map(
      ({ name }): Finding => ({
        code: 'SLOT_LEFT_BEHIND',
        severity: 'warning',
        message: `The logical replication slot ${name} goes with ${database}: its consumer finds none any more.`,
      }),
    ),
    ...subscriptions
      .filter(({ slot }) => slot !== null)
      .map(
        ({ name, slot }): Finding => ({
          code: 'SLOT_LEFT_BEHIND',
          severity: 'warning',
          message: `The subscription ${name} goes with ${database}; its slot ${slot} stays at the publisher and keeps WAL there, unless another subscription consumes it.`,
        }),
      ),
  ]
}
