import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { tempFolder } from '../../../../test/support/databases.ts'
import type { ArchiveRequest } from '../../src/backup/archive/archive-request.ts'
import { listArchives, readArchive, writeArchive } from '../../src/backup/archive/sealed.ts'
import { MigrateError } from '../../src/errors.ts'
import { ageIdentity, ageRecipient } from '../../src/keys/age.ts'
import { generateMasterKey } from '../../src/keys/master-key.ts'
import type { KeyRing } from '../../src/keys/ring.ts'
import { collect, noise, pieces } from './samples.ts'
import { smallDisk } from './small-disk.ts'
import { LACKS_AGE, LACKS_ZSTD, printed } from './tools.ts'

const ring = (): KeyRing => ({ keys: [generateMasterKey()], from: 'a test' })
const KEYS = ring()
const never = new AbortController().signal
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
/** More than one zstd frame, and a secret that must not show. */
const RAW = Buffer.concat([Buffer.from('hunter2 '.repeat(100_000)), noise(700_000)])

const request = (folder: string, more: Partial<ArchiveRequest> = {}): ArchiveRequest => ({
  folder,
  name: 'v1-data_20261122',
  raw: () => pieces(RAW),
  keys: KEYS,
  about: { files: 3 },
  signal: never,
  onProgress: () => {},
  ...more,
})

const opened = async (file: string, keys = KEYS): Promise<Buffer> =>
  collect(await readArchive(file, keys, never))

test('an archive gives back what was put in, and says what it is', async (t) => {
  const folder = join(await tempFolder(t), 'backups', 'archives')
  const told: [number, string][] = []
  const onProgress = (...progress: [number, string]): void => void told.push(progress)
  const manifest = await writeArchive(request(folder, { onProgress }))
  const file = join(folder, 'v1-data_20261122.zst.age')
  const stored = await readFile(file)
  const [key] = KEYS.keys
  assert.deepEqual(manifest, {
    format: 1,
    file: 'v1-data_20261122.zst.age',
    madeAt: manifest.madeAt,
    by: { host: hostname(), pid: process.pid },
    about: { files: 3 },
    bytes: stored.length,
    sha256: sha256(stored),
    raw: { bytes: RAW.length, sha256: sha256(RAW) },
    keyId: key.id,
    recipient: ageRecipient(key),
  })
  assert.ok(!stored.includes('hunter2') && stored.length < RAW.length)
  assert.deepEqual(told.findLast(([, phase]) => phase === 'pack')?.[0], RAW.length)
  assert.deepEqual(told.at(-1), [stored.length, 'read'])
  assert.deepEqual(await readdir(folder), [manifest.file, `${manifest.file}.json`])
  assert.deepEqual(await listArchives(folder), [{ file, manifest }])
  assert.ok((await opened(file)).equals(RAW))
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  for (const name of await readdir(folder)) {
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600)
  }
})

test('age and zstd open an archive', { skip: LACKS_AGE || LACKS_ZSTD }, async (t) => {
  const folder = await tempFolder(t)
  const { file } = await writeArchive(request(folder))
  const identity = join(folder, 'identity')
  await writeFile(identity, ageIdentity(KEYS.keys[0]))
  const packed = printed('age', ['-d', '-i', identity, join(folder, file)])
  assert.ok(printed('zstd', ['-dc'], packed).equals(RAW))
})

test('nothing can be archived too, and no archive takes the name of another', async (t) => {
  const folder = await tempFolder(t)
  const empty = { raw: () => Readable.from([], { objectMode: false }) }
  const first = await writeArchive(request(folder, empty))
  const second = await writeArchive(request(folder))
  assert.equal(second.file, 'v1-data_20261122_2.zst.age')
  assert.equal((await opened(join(folder, first.file))).length, 0)
  assert.ok((await opened(join(folder, second.file))).equals(RAW))
  assert.deepEqual(
    (await listArchives(folder)).map(({ manifest }) => manifest.file),
    [second.file, first.file],
  )
  assert.deepEqual(await listArchives(join(folder, 'none')), [])
  await assert.rejects(writeArchive(request(folder, { name: '../v1' })), { code: 'USAGE' })
})

test('another key opens nothing, and an older one of the ring does', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await writeArchive(request(folder))
  await assert.rejects(opened(join(folder, file), ring()), {
    code: 'BACKUP_ENCRYPTED',
    message: /is encrypted for age1/,
  })
  const both: KeyRing = { ...KEYS, keys: [generateMasterKey(), ...KEYS.keys] }
  assert.ok((await opened(join(folder, file), both)).equals(RAW))
  await assert.rejects(opened(join(folder, 'none')), { code: 'BACKUP_NOT_FOUND' })
})

test('a cut, a changed byte, more bytes and an exchange are noticed', async (t) => {
  const folder = await tempFolder(t)
  const { file } = await writeArchive(request(folder))
  const other = await writeArchive(request(folder, { raw: () => pieces(RAW.subarray(1)) }))
  const path = join(folder, file)
  const whole = await readFile(path)
  const damaged = { code: 'BACKUP_DAMAGED', message: /v1-data_20261122\.zst\.age/ }
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    return bytes
  }
  const chunk = 65_552
  const cuts = [0, 30, 300, whole.length - chunk, whole.length - 1].map((end) =>
    whole.subarray(0, end),
  )
  const changes = [flipped(400), flipped(whole.length - 1), Buffer.concat([whole, whole])]
  for (const bytes of [...cuts, ...changes, RAW]) {
    await writeFile(path, bytes)
    await assert.rejects(opened(path), damaged)
  }
  await rename(join(folder, other.file), path)
  await assert.rejects(opened(path), {
    code: 'BACKUP_DAMAGED',
    message: /not the one that the manifest beside it describes/,
  })
  await rm(`${path}.json`)
  assert.ok((await opened(path)).equals(RAW.subarray(1)))
})

test('a source that fails, and an interruption, leave nothing', async (t) => {
  const folder = await tempFolder(t)
  const failing = (error: Error) => () =>
    Readable.from(
      (async function* () {
        yield RAW
        throw error
      })(),
      { objectMode: false },
    )
  const changed = new MigrateError('USAGE', { message: 'It changed.' })
  await assert.rejects(writeArchive(request(folder, { raw: failing(changed) })), changed)
  await assert.rejects(writeArchive(request(folder, { raw: failing(new Error('what?')) })), {
    code: 'BACKUP_FAILED',
    message: /what is to be archived cannot be read: what\?/,
  })
  for (const [error, code] of [
    [
      Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' }),
      'PERMISSION_DENIED',
    ],
    [Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }), 'BACKUP_FAILED'],
  ] as const) {
    await assert.rejects(writeArchive(request(folder, { raw: failing(error) })), {
      code,
      message: `No archive was made: what is to be archived cannot be read: ${error.message}.`,
      hint: /^(?!.*--)/,
    })
  }
  for (const phase of ['pack', 'read']) {
    const stop = new AbortController()
    const onProgress = (done: number, now: string): void => {
      if (now === phase && done > 0) stop.abort()
    }
    const stopped = writeArchive(request(folder, { signal: stop.signal, onProgress }))
    await assert.rejects(stopped, { code: 'INTERRUPTED' })
  }
  assert.deepEqual(await readdir(folder), [])
  const { file } = await writeArchive(request(folder))
  await assert.rejects(readArchive(join(folder, file), KEYS, AbortSignal.abort()), {
    code: 'INTERRUPTED',
  })
})

test('what keeps an archive from being written is told of it, and not of backups', async (t) => {
  const file = join(await tempFolder(t), 'file')
  await writeFile(file, '')
  const noFolder = { code: 'BACKUP_FAILED', message: /archives' folder/, hint: /^(?!.*--)/ }
  await assert.rejects(listArchives(file), noFolder)
  await assert.rejects(writeArchive(request(file)), noFolder)
  const disk = smallDisk(t, 512)
  if (!disk) return
  const full = { code: 'DISK_FULL', message: /the archives in/, hint: /^(?!.*--)/ }
  await assert.rejects(writeArchive(request(disk)), full)
  assert.deepEqual(await readdir(disk), [])
})

test('what a killed process left goes with the next archive, what a live one writes stays', async (t) => {
  const folder = await tempFolder(t)
  await mkdir(folder, { recursive: true })
  const manifest = await writeArchive(request(folder, { name: 'begun' }))
  const GONE = 2 ** 22 + 1
  const begun = (pid: number): string => `archive_x.${hostname()}.${pid}.0123abcd.tmp`
  const orphan = (pid: number): string =>
    JSON.stringify({ ...manifest, by: { ...manifest.by, pid } })
  await rm(join(folder, manifest.file))
  await rm(join(folder, `${manifest.file}.json`))
  const files = {
    [begun(GONE)]: '',
    [begun(process.pid)]: '',
    'dead.zst.age.json': orphan(GONE),
    'live.zst.age.json': orphan(process.pid),
    'broken.zst.age.json': '{',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const { file } = await writeArchive(request(folder))
  assert.deepEqual(
    (await readdir(folder)).sort(),
    [begun(process.pid), 'broken.zst.age.json', 'live.zst.age.json', file, `${file}.json`].sort(),
  )
})
