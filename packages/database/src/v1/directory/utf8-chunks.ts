import { TextDecoder } from 'node:util'
import { encodingOf } from './decode-text.ts'
import { JsonFileFault } from './json-file-fault.ts'

/**
 * The pieces of a file as UTF-8 without a byte order mark; UTF-16 with its mark is converted. UTF-8 itself is not
 * checked. Throws JsonFileFault for UTF-16 that is none, or that ends within a character.
 */
export async function* utf8Chunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined
  let head: Buffer | null = Buffer.alloc(0)
  for await (const chunk of chunks) {
    let body = chunk
    if (head) {
      head = Buffer.concat([head, chunk])
      if (head.length < 3) continue
      ;[body, decoder] = begin(head)
      head = null
    }
    yield decoder ? decode(decoder, body) : body
  }
  // A mark alone, or less than three bytes.
  if (head) [head, decoder] = begin(head)
  if (decoder) yield decode(decoder, head)
  else if (head) yield head
}

function begin(bytes: Buffer): [Buffer, TextDecoder | undefined] {
  const { encoding, mark } = encodingOf(bytes)
  const body = bytes.subarray(mark)
  return [body, encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true })]
}

/** With null, what is still open is an error. */
function decode(decoder: TextDecoder, bytes: Buffer | null): Buffer {
  try {
    return Buffer.from(bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode())
  } catch {
    const name = decoder.encoding.toUpperCase()
    if (bytes) throw new JsonFileFault('FILE_UNREADABLE', `The file is not valid ${name} text`)
    throw new JsonFileFault(
      'FILE_CUT',
      `The file breaks off within a character of its ${name} text`,
    )
  }
}
