import { MigrateError } from '../../errors.ts'
import type { ByteReader } from './byte-reader.ts'
import type { Damage } from './damage.ts'

/** What an age file begins with. */
export const AGE_MAGIC = 'age-encryption.org/'

/** Ours, beside the one that age itself uses and that names nobody: it says for whom a file is. */
const RECIPIENT_STANZA = 'fossawork-migrate/recipient'

/** Longer ones, of a hundred recipients and more, are not read. */
const LONGEST_HEADER = 64 * 1024
/** The bytes as an age file for a recipient, `age1…`. Throws KEY_INVALID for what is none. */
export async function* encryptAge(
  bytes: AsyncIterable<Buffer>,
  recipient: string,
): AsyncGenerator<Buffer> {
  const { Encrypter, Stanza } = await import('age-encryption')
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new MigrateError('KEY_INVALID', {
      message: `${recipient} is no age recipient.`,
      hint: '`keys list` shows those of the master keys.',
      cause,
    })
  }
  encrypter.addRecipient({
    wrapFileKey: () => [new Stanza([RECIPIENT_STANZA, recipient], new Uint8Array())],
  })
  yield* asBuffers(await encrypter.encrypt(ReadableStream.from(bytes)))
}

async function* asBuffers(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const { buffer, byteOffset, length } of stream) {
    yield Buffer.from(buffer, byteOffset, length)
  }
}

export interface AgeOptions {
  /** `AGE-SECRET-KEY-1…`; each is tried. */
  readonly identities: readonly string[]
  /** What messages call the file: `The backup F`. */
  readonly name: string
  readonly damage: Damage
}

/** What was encrypted. Throws BACKUP_ENCRYPTED where no identity opens it, and what `damage` makes of a cut or a fault. */
export async function* decryptAge(reader: ByteReader, options: AgeOptions): AsyncGenerator<Buffer> {
  const { damage } = options
  let failed: { readonly cause: unknown } | undefined
  try {
    const decrypter = await createDecrypter(await peekHeader(reader, damage), options)
    const source = ReadableStream.from(
      watched(reader.rest(), (cause) => {
        failed = { cause }
      }),
    )
    yield* asBuffers(await decrypter.decrypt(source))
  } catch (cause) {
    // what the bytes come from says more than what became of them
    if (failed) throw failed.cause
    if (cause instanceof MigrateError) throw cause
    throw damage(`it is cut off or damaged (${(cause as Error).message})`, cause)
  } finally {
    await reader.close()
  }
}

async function* watched(
  bytes: AsyncIterable<Buffer>,
  onFailed: (cause: unknown) => void,
): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (cause) {
    onFailed(cause)
    throw cause
  }
}

/** Up to the line that authenticates it. */
async function peekHeader(reader: ByteReader, damage: Damage): Promise<Buffer> {
  const start = await reader.peek(LONGEST_HEADER)
  const last = start.indexOf('\n--- ')
  const end = start.indexOf('\n', last + 1)
  if (last < 0 || end < 0) throw damage('its header has no end')
  return start.subarray(0, end + 1)
}

/** Throws where none of the identities opens the header. */
async function createDecrypter(header: Buffer, { identities, name, damage }: AgeOptions) {
  const { Decrypter, identityToRecipient } = await import('age-encryption')
  const recipients = await Promise.all(identities.map(identityToRecipient))
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  try {
    await decrypter.decryptHeader(header)
    return decrypter
  } catch (cause) {
    const wanted = wantedBy(header)
    const isNobodys = /no identity matched/.test((cause as Error).message)
    if (!isNobodys || recipients.some((recipient) => recipient === wanted)) {
      throw damage('its header is damaged', cause)
    }
    throw encrypted(name, wanted, recipients)
  }
}

/** For whom a header of ours says that the file is; 'a passphrase', or null where it does not say. */
function wantedBy(header: Buffer): string | null {
  const text = header.toString('latin1')
  if (text.includes('\n-> scrypt ')) return 'a passphrase'
  return new RegExp(`^-> ${RECIPIENT_STANZA} (age1[0-9a-z]{58})$`, 'm').exec(text)?.[1] ?? null
}

function encrypted(
  name: string,
  wanted: string | null,
  recipients: readonly string[],
): MigrateError {
  const whose = wanted ? `for ${wanted}` : 'for a key that it does not name'
  const here = recipients.length
    ? `the master keys that are here open what is for ${recipients.join(', ')}`
    : 'there is no master key here'
  return new MigrateError('BACKUP_ENCRYPTED', {
    message: `${name} is encrypted ${wanted === 'a passphrase' ? 'with a passphrase' : whose}, and ${here}.`,
    hint:
      wanted === 'a passphrase'
        ? 'Decrypt it first: age -d -o FILE BACKUP.'
        : 'Set the master key that it was made with: `keys list` shows for whom each one opens backups.',
  })
}
