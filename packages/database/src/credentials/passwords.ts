import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { MigrateError } from '@fossawork/migrate'

/** How much work a hash is. */
export interface PasswordCost {
  /** In KiB. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** OWASP's: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html. */
export const DEFAULT_COST: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 }

/** The weakest of OWASP's choices: m=7168, t=5. */
const LEAST = { memory: 7168, work: 7168 * 5 }
/** So that no text makes this machine work for days. Memory: 4 GiB. */
const MOST: PasswordCost = { memory: 4 * 1024 * 1024, passes: 1024, parallelism: 255 }

const SALT_BYTES = 16
const HASH_BYTES = 32
const PHC =
  /^\$argon2id\$v=19\$(m=\d{1,9},t=\d{1,9},p=\d{1,9})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/

const derive = promisify(argon2)

/** Argon2id with a random salt, as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
export async function hashPassword(
  password: string,
  cost: PasswordCost = DEFAULT_COST,
): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const hash = await derive('argon2id', parameters(password, salt, HASH_BYTES, cost))
  const { memory, passes, parallelism } = cost
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`
}

/** Whether a password is the one of a PHC string, at whatever cost that names. False for what is no argon2id hash. */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  const [, costText = '', salt = '', hash = ''] = PHC.exec(phc) ?? []
  const cost = readCost(costText)
  if (!cost) return false
  const expected = Buffer.from(hash, 'base64')
  const settings = parameters(password, Buffer.from(salt, 'base64'), expected.length, cost)
  return timingSafeEqual(await derive('argon2id', settings), expected)
}

const parameters = (
  password: string,
  nonce: Buffer,
  tagLength: number,
  cost: PasswordCost,
): Argon2Parameters => ({ message: password, nonce, tagLength, ...cost })

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '')

export interface HashAllOptions {
  readonly cost: PasswordCost
  readonly signal: AbortSignal
  /** Gets how many are hashed, after each. */
  readonly onDone: (done: number) => void
}

/** The passwords' hashes in their order, one at a time for each core. Throws the signal's reason once it is aborted. */
export async function hashAll(
  passwords: readonly string[],
  { cost, signal, onDone }: HashAllOptions,
): Promise<string[]> {
  const hashes: string[] = []
  let done = 0
  // all take what is next from one generator: where one throws, it ends for the others too
  const rest = eachOf(passwords)
  const hashRest = async (): Promise<void> => {
    for (const [at, password] of rest) {
      signal.throwIfAborted()
      hashes[at] = await hashPassword(password, cost)
      onDone(++done)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, hashRest))
  return hashes
}

function* eachOf(passwords: readonly string[]): Generator<[number, string]> {
  yield* passwords.entries()
}

/** A cost as in a PHC string, `m=19456,t=2,p=1`, memory in KiB. Throws USAGE for one that OWASP finds too weak. */
export function parseCost(text: string): PasswordCost {
  const cost = readCost(text)
  if (!cost) {
    throw new MigrateError('USAGE', {
      message: 'The cost of a password hash is no argon2id cost.',
      hint: 'Write memory in KiB, passes and parallelism: m=19456,t=2,p=1',
    })
  }
  const { memory, passes } = cost
  if (memory < LEAST.memory || memory * passes < LEAST.work) {
    throw new MigrateError('USAGE', {
      message: `The cost m=${memory},t=${passes} is too weak for password hashes.`,
      hint: `Let m be ${LEAST.memory} or more, and m × t ${LEAST.work} or more: m=19456,t=2,p=1`,
    })
  }
  return cost
}

/** Null for what is none, or more than anybody means. */
function readCost(text: string): PasswordCost | null {
  const [, m, t, p] = /^m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,9})$/.exec(text) ?? []
  const cost = { memory: Number(m), passes: Number(t), parallelism: Number(p) }
  const { memory, passes, parallelism } = cost
  // RFC 9106: at least eight blocks a lane. NaN is in no range
  const isPossible = passes >= 1 && parallelism >= 1 && memory >= 8 * parallelism
  const isSane = memory <= MOST.memory && passes <= MOST.passes && parallelism <= MOST.parallelism
  return isPossible && isSane ? cost : null
}
