import { setImmediate as others } from 'node:timers/promises'
import type { Mapping, Note } from '../record.ts'
import type { Hooks } from './hooks.ts'
import { isMet, type Met } from './met.ts'
import { type Prepared, prepare } from './prepared.ts'
import type { Tools } from './tools.ts'
import type { Step } from './walk.ts'

/** What an import is told of V1, in the order in which it is written. */
export type PreparedStep =
  /** How many users there are. */
  | { readonly type: 'users'; readonly count: number }
  /** The records that follow are of this file; `userId` is '' for what belongs to nobody. */
  | {
      readonly type: 'file'
      readonly path: string
      readonly bytes: number
      readonly userId: string
    }
  | { readonly type: 'record'; readonly record: Prepared }
  | { readonly type: 'note'; readonly note: Note }
  /** So many bytes were read since the last time. */
  | { readonly type: 'read'; readonly bytes: number }
  /** All of the user's records were given. */
  | { readonly type: 'user'; readonly userId: string }

/** The hooks that are answered here. */
type Listeners = Pick<Hooks, 'onNote' | 'onBytes' | 'onUsers' | 'wasMet'>

/** Some milliseconds of work. */
const RECORDS_A_TURN = 32

/** Makes of V1's records what is written, as many at a time as the walk gives. */
export async function* prepareSteps(
  walk: (listeners: Listeners) => AsyncIterable<Step>,
  tools: Tools,
): AsyncGenerator<readonly PreparedStep[]> {
  const mets = new Map<string, Met>()
  let steps: PreparedStep[] = []
  let added = 0
  let file = { path: '', bytes: 0, userId: '' }
  const metOf = (userId: string): Met => {
    const met = mets.get(userId) ?? new Map()
    mets.set(userId, met)
    return met
  }
  const add = (step: PreparedStep): void => void steps.push(step)
  const addRecord = (mapping: Mapping): void => {
    for (const note of mapping.notes) add({ type: 'note', note })
    const userId = 'row' in mapping ? (mapping.row.userId ?? '') : file.userId
    const record = prepare(mapping, { ...file, userId, met: metOf(userId) }, tools)
    add({ type: 'record', record })
    const { body, table } = record
    // of users, the mapping has told it
    if (body.kind === 'repeat' && body.isDifferent && table !== 'users') {
      add({ type: 'note', note: differs(mapping) })
    }
  }
  const listeners: Listeners = {
    onNote: (note) => add({ type: 'note', note }),
    onBytes: (bytes) => add({ type: 'read', bytes }),
    onUsers: (count) => add({ type: 'users', count }),
    wasMet: (userId, table, identity) => isMet(metOf(userId), table, tools.digest(identity)),
  }
  for await (const step of walk(listeners)) {
    if (step.type === 'file') {
      const { path, bytes } = step.entry
      file = { path, bytes, userId: step.userId }
      add({ type: 'file', ...file })
    } else if (step.type === 'records') {
      for (const mapping of step.mappings) {
        addRecord(mapping)
        // what the server answers meanwhile is heard
        if (tools.dialect === 'postgres' && ++added % RECORDS_A_TURN === 0) await others()
      }
    } else {
      if (step.type === 'user') mets.delete(step.userId)
      add(step)
    }
    yield steps
    steps = []
  }
  yield steps
}

const differs = ({ record: { file, position } }: Mapping): Note => ({
  code: 'DUPLICATE_DIFFERS',
  file,
  position,
  message:
    'The same was there before, and said something else: the first one counts, this one is kept sealed.',
})
