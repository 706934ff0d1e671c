import { setTimeout as sleep } from 'node:timers/promises'
import { type MigrateConfig, resolveConfig } from '../../src/config/define.ts'
import type { Dialect } from '../../src/dialect/port.ts'
import { createMigratorOn, openDialect } from '../../src/migrator.ts'

/**
 * A run that stops for ever at one place, so that the test can kill it there: at an event (`backup.progress read`), or
 * at the n-th call of a method of the writer, or of the swap, before or after it (`before commit 2`). Prints `here` when
 * it gets there. The verb is `migrate`, `backup`, or `restore`, of the newest backup.
 */
const [configJson, place, verb = 'migrate'] = process.argv.slice(2) as [string, string, string?]
const config = JSON.parse(configJson) as MigrateConfig

let stopped = false
async function here(): Promise<never> {
  stopped = true
  process.stdout.write('here\n')
  return (await sleep(60_000)) as never
}

/** Blocks the process: an event is emitted synchronously, and what follows must not happen. */
function hereSync(): void {
  stopped = true
  process.stdout.write('here\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}

const [when, method, count] = place.split(' ')
let calls = 0

/** `target` with the method standing still before or after its n-th call. */
function standIn<T extends object>(target: T): T {
  const original = Reflect.get(target, method as string) as (...args: unknown[]) => unknown
  const stands = async (...args: unknown[]): Promise<unknown> => {
    const at = ++calls === Number(count)
    if (at && when === 'before') await here()
    const result = await original.apply(target, args)
    if (at && when === 'after') await here()
    return result
  }
  return new Proxy(target, {
    get(_, key) {
      if (key === method) return stands
      const value = Reflect.get(target, key) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

function standAt(dialect: Dialect): Dialect {
  if (when !== 'before' && when !== 'after') return dialect
  if (method === 'swap') return { ...dialect, backup: preparing(dialect.backup) }
  return { ...dialect, openWriter: async (options) => standIn(await dialect.openWriter(options)) }
}

/** What is prepared stands still around its swap. */
const preparing = (backup: Dialect['backup']): Dialect['backup'] => ({
  ...backup,
  prepare: async (raw, options) => standIn(await backup.prepare(raw, options)),
})

const VERBS: Record<string, () => Promise<unknown>> = {
  migrate: () => migrator.migrate(),
  backup: () => migrator.backup(),
  mend: () => migrator.mend({ categories: ['data', 'constraints'] }),
  restore: () => migrator.restore({ from: { latest: true }, force: true }),
}

const settings = resolveConfig(config, process.cwd(), {})
const migrator = createMigratorOn(standAt(await openDialect(settings)), settings, {
  on: (event) => {
    const phase = 'phase' in event ? `${event.type} ${event.phase}` : event.type
    if (!stopped && (event.type === place || phase === place)) hereSync()
  },
})
await VERBS[verb]?.()
