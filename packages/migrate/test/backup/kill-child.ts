import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Does one thing to a backups' folder, and kills itself just before the n-th operation that writes; a write to a file
 * is also killed when half of it is done. Arguments: folder, what to do, n, and the id or the policy.
 */
const [folder = '', verb = '', at = '0', argument = ''] = process.argv.slice(2)
let operations = 0

function operation(): void {
  if (++operations === Number(at)) process.kill(process.pid, 'SIGKILL')
}

const patched = fs as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
for (const name of ['link', 'rename', 'rm', 'unlink', 'mkdir', 'copyFile', 'chmod']) {
  const real = patched[name] as (...args: unknown[]) => Promise<unknown>
  patched[name] = (...args) => {
    operation()
    return real(...args)
  }
}
const realOpen = fs.open
fs.open = async (path, flags, mode) => {
  if (flags !== 'r') operation()
  const handle = await realOpen(path, flags, mode)
  if (flags === 'r') return handle
  const realWrite = handle.write.bind(handle) as unknown as (data: Buffer) => Promise<never>
  const write = async (data: Buffer | string): Promise<never> => {
    operation()
    const bytes = Buffer.from(data as Buffer)
    if (operations + 1 === Number(at)) await realWrite(bytes.subarray(0, bytes.length / 2))
    operation()
    return realWrite(bytes)
  }
  Object.assign(handle, { write, writeFile: write })
  return handle
}
syncBuiltinESMExports()

const { randomBytes } = await import('node:crypto')
const support = await import('./support.ts')
const { cleanUp } = await import('../../src/backup/catalogue/cleanup.ts')
const { promote } = await import('../../src/backup/catalogue/promote.ts')
const { publishBackup } = await import('../../src/backup/catalogue/publish.ts')

if (verb === 'add') {
  const contents = randomBytes(5000)
  const temporary = await support.temporaryFile(folder, contents)
  operations = 0
  const name = { name: 'backup_20261122_110000', extension: 'db' }
  await publishBackup(folder, temporary, name, (file) =>
    support.describeBackup(file, contents, { at: '2026-11-22T11:00:00Z' }),
  )
} else if (verb === 'promote') {
  const entry = await support.entry(folder, argument)
  operations = 0
  await promote(folder, entry, 'weekly')
} else if (verb === 'encrypt') {
  const { protect } = await import('./protect-support.ts')
  const { readCatalogue } = await import('../../src/backup/catalogue/catalogue.ts')
  const { entries } = await readCatalogue(folder)
  operations = 0
  for (const entry of entries) await protect(folder, entry)
} else {
  operations = 0
  await cleanUp(folder, support.PETS, JSON.parse(argument), {
    dryRun: false,
    now: new Date('2026-11-22T12:00:00Z'),
  })
}
