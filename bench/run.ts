import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Case, HEAVY_ROUNDS } from './bench.ts'
import { apply } from './cases/apply.ts'
import { backup } from './cases/backup.ts'
import { compress } from './cases/compress.ts'
import { drift } from './cases/drift.ts'
import { dump } from './cases/dump.ts'
import { importV1 } from './cases/import.ts'
import { importMemory } from './cases/import-memory.ts'
import { nothing } from './cases/nothing.ts'
import { plan } from './cases/plan.ts'
import { status } from './cases/status.ts'
import { takeover } from './cases/takeover.ts'
import { validate } from './cases/validate.ts'
import { openDatabases } from './databases.ts'
import { judge } from './goals.ts'
import { installPackage } from './install.ts'
import { describeMachine } from './machine.ts'
import { usePackage } from './package.ts'
import { PEERS } from './peers/all.ts'
import { renderTable, renderVerdicts, writeReport } from './report.ts'
import type { Table } from './table.ts'
import { makeWorkspace } from './workspace.ts'

const CASES: Record<string, Case> = {
  apply,
  nothing,
  status,
  plan,
  takeover,
  drift,
  backup,
  compress,
  dump,
  import: importV1,
  'import-memory': importMemory,
  validate,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Measurements of each contender, at least 5; the heavy cases have their own number. */
    rounds: { type: 'string', default: '7' },
    /** Names, comma-separated; default all. */
    peers: { type: 'string', default: PEERS.map((peer) => peer.name).join() },
    /** The folder of our package to measure; default: built, packed and installed from this repository. */
    package: { type: 'string' },
    /** Puts the report into README.md. */
    write: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 5) throw new Error('--rounds takes a number from 5 on.')
const wanted = new Set(values.peers.split(','))
const names = positionals.length ? positionals : Object.keys(CASES)

const root = makeWorkspace()
const databases = openDatabases(root)
try {
  usePackage(values.package ?? installPackage(root))
  const peers = PEERS.filter((peer) => wanted.has(peer.name))
  const tables: Table[] = []
  for (const name of names) {
    const run = CASES[name]
    if (!run) throw new Error(`There is no case ${name}; there are ${Object.keys(CASES).join()}.`)
    for (const table of await run({ root, rounds, databases, peers })) {
      console.log(`${renderTable(table)}\n`)
      tables.push(table)
    }
  }
  const verdicts = tables.flatMap(judge)
  const goals = renderVerdicts(verdicts)
  const machine = `${new Date().toISOString().slice(0, 10)}: ${describeMachine(root)}. Medians of ${rounds} rounds; of backups and imports, of ${HEAVY_ROUNDS}.`
  console.log(`${goals}\n\n${machine}`)
  if (values.write) {
    const report = [goals, machine, ...tables.map(renderTable)].join('\n\n')
    writeReport(fileURLToPath(import.meta.resolve('./README.md')), report)
  }
  if (verdicts.some(({ met }) => !met)) process.exitCode = 1
} finally {
  await databases.stop()
  rmSync(root, { recursive: true, force: true })
}
