import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { makeTree } from './tree.ts'

const USAGE = `node bench/v1-tree/generate.ts DIR --users N --work-orders N --dispensers N --activities N
  [--seed S] [--quirks none|some|all] [--users-form array|object] [--raw-html-bytes B] [--one-file-bytes B]
  [--expect FILE]`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    users: { type: 'string', default: '10' },
    'work-orders': { type: 'string', default: '100' },
    dispensers: { type: 'string', default: '100' },
    activities: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    quirks: { type: 'string', default: 'none' },
    'users-form': { type: 'string', default: 'array' },
    /** Of each work order. */
    'raw-html-bytes': { type: 'string', default: '300' },
    /** The size of the first user's scraped_content.json; default its share of the work orders. */
    'one-file-bytes': { type: 'string', default: '0' },
    /** Where to write what was made and what it comes to. */
    expect: { type: 'string' },
  },
})
const [folder, ...rest] = positionals
if (folder === undefined || rest.length) throw new Error(`One folder is needed:\n${USAGE}`)

const made = makeTree(folder, {
  users: Number(values.users),
  workOrders: Number(values['work-orders']),
  dispensers: Number(values.dispensers),
  activities: Number(values.activities),
  seed: Number(values.seed),
  quirks: oneOf('quirks', values.quirks, ['none', 'some', 'all']),
  usersForm: oneOf('users-form', values['users-form'], ['array', 'object']),
  rawHtmlBytes: Number(values['raw-html-bytes']),
  oneFileBytes: Number(values['one-file-bytes']),
})
const text = `${JSON.stringify(made, null, 2)}\n`
if (values.expect) writeFileSync(values.expect, text)
else process.stdout.write(text)

function oneOf<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const choice = choices.find((one) => one === value)
  if (choice === undefined) throw new Error(`--${name} takes ${choices.join(', ')}, not ${value}.`)
  return choice
}
