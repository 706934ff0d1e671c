import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { escaped } from './compare.ts'
import { openSession, type Ran } from './session.ts'

export const root = join(import.meta.dirname, '../..')

/** What documents call a PostgreSQL database, and where they say that the reader works. */
export const SHOWN_POSTGRES = 'postgresql://fossawork:secret@localhost:5432/fossawork_v2'
const SHOWN_FOLDER = '/srv/fossawork'
const SHOWN_PORT = '3000'

/** A fresh folder with a shell in it, where documents' names stand for what is really there. */
export interface Scenario {
  readonly folder: string
  run(script: string): Promise<Ran>
  write(file: string, text: string): void
  close(): Promise<void>
}

export interface ScenarioOptions {
  /** A folder to begin with a copy of. */
  readonly copyOf?: string | undefined
  /** The database that {@link SHOWN_POSTGRES} stands for. */
  readonly postgres?: string | undefined
  /** The port that 3000 stands for. */
  readonly port: number
}

export function openScenario({ copyOf, postgres, port }: ScenarioOptions): Scenario {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'fossawork-docs-')))
  const [folder, tools] = [join(base, basename(SHOWN_FOLDER)), join(base, 'tools')]
  mkdirSync(tools)
  if (copyOf) cpSync(copyOf, folder, { recursive: true })
  else mkdirSync(folder)
  writeTools(tools)
  // packages are found by name, as where they are installed
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  if (!copyOf) writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')

  const session = openSession(folder, base, environment(tools))
  const toReal = (text: string): string =>
    [
      [SHOWN_POSTGRES, postgres ?? SHOWN_POSTGRES] as const,
      [`localhost:${SHOWN_PORT}`, `localhost:${port}`] as const,
      [`PORT=${SHOWN_PORT}`, `PORT=${port}`] as const,
    ].reduce((replaced, [shown, real]) => replaced.replaceAll(shown, real), text)
  const toShown = shownNames(folder, postgres, port)
  return {
    folder,
    async run(script) {
      const ran = await session.run(toReal(script))
      return { ...ran, output: toShown(ran.output) }
    },
    write(file, text) {
      const path = join(folder, file)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `${toReal(text)}\n`)
    },
    async close() {
      await session.close()
      rmSync(base, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** What documents may type: this repository's commands, Node, and `npm start`. */
function writeTools(folder: string): void {
  const tool = (name: string, line: string): void =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`, { mode: 0o755 })
  tool('node', `exec '${process.execPath}' "$@"`)
  tool('fossawork-db', `exec node '${join(root, 'packages/database/bin/fossawork-db.js')}' "$@"`)
  tool('migrate', `exec node '${join(root, 'packages/migrate/bin/migrate.js')}' "$@"`)
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  tool('npm', `[ "$*" = start ] || exit 127\n${scripts.start.replace('node ', `node '${root}'/`)}`)
}

function environment(tools: string): NodeJS.ProcessEnv {
  // what decides how a command behaves comes from the document alone
  const decides =
    /^(DATABASE_URL|NODE_ENV|NODE_TEST_CONTEXT|FORCE_COLOR|NO_COLOR|\w+_MASTER_KEY(_FILE)?)$/
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !decides.test(name)),
  )
  return {
    ...inherited,
    PATH: `${tools}:${process.env.PATH}`,
    REPOSITORY: root,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  }
}

/** Puts the documents' names in the place of this machine's. */
function shownNames(folder: string, postgres: string | undefined, port: number) {
  const host = escaped(hostname())
  const user = escaped(userInfo().username)
  const names: [RegExp, string][] = [
    [new RegExp(escaped(folder), 'g'), SHOWN_FOLDER],
    [new RegExp(escaped(root), 'g'), `${SHOWN_FOLDER}-db`],
    [new RegExp(`\\b${user}( as \\S+)? on ${host}\\b`, 'g'), 'ana$1 on web-1'],
    [new RegExp(`\\bon ${host} \\(${user}\\)`, 'g'), 'on web-1 (ana)'],
    [new RegExp(`\\bon ${host}\\b`, 'g'), 'on web-1'],
    [new RegExp(`\\b${user}@${host}\\b`, 'g'), 'ana@web-1'],
    [new RegExp(`"${host}"`, 'g'), '"web-1"'],
    [new RegExp(`("osUser"|"user"):"${user}"`, 'g'), '$1:"ana"'],
    [new RegExp(`localhost:${port}\\b`, 'g'), `localhost:${SHOWN_PORT}`],
  ]
  if (postgres) {
    const { username, host: server, pathname } = new URL(postgres)
    const shown = new URL(SHOWN_POSTGRES)
    names.push(
      [
        new RegExp(escaped(`${username}@${server}${pathname}`), 'g'),
        `${shown.username}@${shown.host}${shown.pathname}`,
      ],
      [new RegExp(`\\b(as|of) ${username}\\b`, 'g'), `$1 ${shown.username}`],
      [new RegExp(`\\b${pathname.slice(1)}`, 'g'), shown.pathname.slice(1)],
    )
  }
  return (text: string): string =>
    names.reduce((replaced, [real, shown]) => replaced.replace(real, shown), text)
}
