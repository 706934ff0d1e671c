import { createDecipheriv, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { type Packing, packTo } from '../../src/backup/archive/pack.ts'
import { asMigrateError } from '../../src/errors.ts'
import { RECIPIENT } from './samples.ts'

// packs so many bytes into a folder, encrypted, and prints what came of it
const [folder = '', size = '', compression] = process.argv.slice(2)

function* half(): Generator<Buffer> {
  const noise = createDecipheriv('aes-128-ctr', randomBytes(16), randomBytes(16))
  for (let left = Number(size); left > 0; left -= 1e6) {
    yield Buffer.concat([noise.update(Buffer.alloc(5e5)), Buffer.alloc(5e5)])
  }
}

let code: string | null = null
let bytes = 0
try {
  const packing = { compression, recipient: RECIPIENT } as Packing
  const raw = Readable.from(half(), { objectMode: false })
  const packed = await packTo(raw, join(folder, 'packed'), packing, new AbortController().signal)
  bytes = packed.raw.bytes
} catch (thrown) {
  code = asMigrateError(thrown).code
}
const peak = process.resourceUsage().maxRSS * 1024
console.log(JSON.stringify({ code, bytes, peak, left: await readdir(folder) }))
