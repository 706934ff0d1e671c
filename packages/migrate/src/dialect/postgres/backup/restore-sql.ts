import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { MigrateError } from '../../../errors.ts'
import { type Ended, runProgram } from './child.ts'
import { clientEnvironment } from './client-environment.ts'
import { assertWhole, BOM, HEAD_BYTES, TAIL_BYTES } from './raw.ts'
import { assertNotNewer, type RestoreJob } from './restore-archive.ts'
import { restoreError, SESSION_OPTIONS } from './restore-error.ts'
import { readScript } from './script-facts.ts'
import { chooseNewest, type Tool } from './tools.ts'

/**
 * Restores a dump in SQL with psql. The whole text is looked at first, since psql would run it with all that the role
 * may do; and psql is let do nothing but SQL: a dump could else run any program on this machine
 * (https://nvd.nist.gov/vuln/detail/CVE-2025-8714). Throws BACKUP_DAMAGED, BACKUP_NEWER, BACKUP_TOOL_MISSING,
 * PERMISSION_DENIED, DISK_FULL, RESTORE_FAILED.
 */
export async function restoreSql(job: RestoreJob): Promise<void> {
  const { file, target, server, folders, onProgress, signal } = job
  const tool = await chooseNewest('psql', folders)
  const text = await readEnds(file)
  assertWhole(Buffer.from(text.tail, 'latin1'))
  assertNotNewer(/^-- Dumped from database version (\S+)/m.exec(text.head)?.[1] ?? '', server)
  const facts = await readScript(sqlOf(file, text, server.major), signal)
  const input = Readable.from(
    (async function* () {
      // from here on it takes no command but the \unrestrict that knows this word, which no list of processes shows
      yield Buffer.from(`\\restrict ${randomBytes(16).toString('hex')}\n`)
      let done = 0
      for await (const part of sqlOf(file, text, server.major)) {
        done += part.length
        onProgress(Math.min(done, text.bytes), text.bytes)
        yield part
      }
    })(),
    { objectMode: false },
  )
  const ended = await runProgram({
    path: tool.path,
    args: [
      ...['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1'],
      // in a transaction nothing makes or drops a database, however it is hidden
      ...(facts.fitsOneTransaction ? ['--single-transaction'] : []),
      '--file=-',
    ],
    env: await clientEnvironment(target, [...SESSION_OPTIONS, 'standard_conforming_strings=on']),
    signal,
    input,
  })
  if (ended.succeeded) return
  throw refusal(ended, tool) ?? restoreError(asOfFile(ended), facts.isOfClean)
}

/** Its lines are counted without the one that we put ahead. */
const asOfFile = (ended: Ended): Ended => {
  const counted = (text: string) =>
    text.replace(/(psql:<stdin>:)(\d+)/g, (_, start, line) => `${start}${line - 1}`)
  return { ...ended, words: counted(ended.words), lines: ended.lines.map(counted) }
}

interface Ends {
  readonly bytes: number
  /** Latin 1: a character a byte. */
  readonly head: string
  readonly tail: string
}

async function readEnds(file: string): Promise<Ends> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const read = async (start: number, length: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start)
      return buffer.toString('latin1', 0, bytesRead)
    }
    return {
      bytes: size,
      head: await read(0, HEAD_BYTES),
      tail: await read(Math.max(0, size - TAIL_BYTES), TAIL_BYTES),
    }
  } finally {
    await handle.close()
  }
}

/**
 * The text without the one restriction that pg_dump itself puts around it, which would end ours, and without what
 * servers before 17 do not know. The number of lines stays.
 */
async function* sqlOf(file: string, text: Ends, serverMajor: number): AsyncGenerator<Buffer> {
  const own = /^(?:\xef\xbb\xbf)?(?:\s|--[^\n]*\n)*\\restrict (\w+)\r?\n/.exec(text.head)
  const end = own && new RegExp(`\\n\\\\unrestrict ${own[1]}\\s*$`).exec(text.tail)
  const sqlEnd = end ? text.bytes - text.tail.length + end.index + 1 : text.bytes
  let head = text.head.slice(0, sqlEnd)
  // psql takes it for letters where the encoding is another one
  if (head.startsWith(BOM)) head = head.slice(BOM.length)
  if (own && end) head = head.replace(/^\\restrict .*$/m, '')
  // among the first settings, not in the text of an object
  if (serverMajor < 17) {
    head = head.replace(/^((?:(?!-- Name: ).*\n)*?)SET transaction_timeout = 0;(?=\r?\n)/, '$1')
  }
  yield Buffer.from(head, 'latin1')
  if (sqlEnd > HEAD_BYTES) yield* createReadStream(file, { start: HEAD_BYTES, end: sqlEnd - 1 })
}

function refusal({ said }: Ended, { path, version }: Tool): MigrateError | undefined {
  // by what psql says itself: the fix is in many versions
  if (!/invalid command \\+restrict/.test(said)) return undefined
  return new MigrateError('BACKUP_TOOL_MISSING', {
    message: `psql ${version} (${path}) is too old: it cannot be kept from running programs that a dump in SQL names.`,
    hint: 'Install psql 18, 17.6, 16.10, 15.14, 14.19, 13.22 or a later one of these.',
  })
}
