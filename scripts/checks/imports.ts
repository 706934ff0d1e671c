import type { SourceFile } from './sources.ts'

const DIALECT = [
  'kysely',
  'lazy-backup',
  'bulk',
  'script',
  'schema',
  'sql',
  'config',
  'port',
  'events',
  'secret',
  'finding',
  'errors',
  'file-system',
]

/**
 * What each place of the engine may import, besides itself. Imports point downwards only; features get the dialect
 * port and never a dialect; the two dialects never see each other; only the migrator chooses one.
 */
const ENGINE: Record<string, readonly string[]> = {
  errors: [],
  version: [],
  shell: [],
  issues: [],
  'module-error': [],
  'file-system': [],
  secret: [],
  finding: ['errors'],
  events: ['errors', 'finding'],
  sql: ['errors', 'port'],
  config: ['issues', 'secret', 'keys', 'journal', 'port', 'finding', 'errors'],
  port: ['events', 'finding', 'schema'],
  schema: ['port', 'errors'],
  migration: ['issues', 'module-error', 'sql', 'schema', 'port', 'errors'],
  journal: ['port', 'errors'],
  plan: ['migration', 'journal', 'events', 'finding', 'errors'],
  keys: ['file-system', 'secret', 'errors'],
  backup: ['file-system', 'issues', 'keys', 'config', 'port', 'events', 'finding', 'errors'],
  validate: [
    'plan',
    'schema',
    'backup',
    'keys',
    'journal',
    'config',
    'port',
    'events',
    'finding',
    'errors',
    'file-system',
    'shell',
  ],
  run: [
    'plan',
    'validate',
    'backup',
    'keys',
    'journal',
    'migration',
    'schema',
    'sql',
    'config',
    'port',
    'events',
    'finding',
    'errors',
    'shell',
    'version',
  ],
  kysely: ['port', 'errors'],
  'lazy-backup': ['port'],
  bulk: ['port', 'errors'],
  script: ['port', 'errors'],
  sqlite: DIALECT,
  postgres: DIALECT,
  api: ['run', 'journal', 'config', 'port', 'events', 'finding'],
  migrator: [
    'api',
    'run',
    'keys',
    'plan',
    'journal',
    'config',
    'port',
    'events',
    'finding',
    'errors',
    'sqlite',
    'postgres',
  ],
  cli: [
    'module-error',
    'api',
    'migrator',
    'validate',
    'run',
    'keys',
    'plan',
    'journal',
    'migration',
    'config',
    'port',
    'events',
    'finding',
    'errors',
    'schema',
    'version',
    'shell',
  ],
  index: ['*'],
}

/** Files that belong to a place of another name. */
const SAME_PLACE: Record<string, string> = {
  codes: 'errors',
  session: 'port',
  'soundness-port': 'port',
  'roles-port': 'port',
  'backup-port': 'port',
}

const ENGINE_ROOT = 'packages/migrate/src/'

/** The engine's place that a path is in. */
function placeOf(path: string): string | undefined {
  if (!path.startsWith(ENGINE_ROOT)) return undefined
  const [first = '', second = ''] = path.slice(ENGINE_ROOT.length).split('/')
  const name = (first === 'dialect' ? second : first).replace(/\.ts$/, '')
  return SAME_PLACE[name] ?? name
}

/** Breaches of the import direction, across packages and inside the engine. */
export function checkImports(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap((target) => {
      const why = breach(path, target)
      return why ? [`${path} imports ${target}: ${why}`] : []
    }),
  )
}

function breach(path: string, target: string): string | null {
  const [from, to] = [packageOf(path), packageOf(target)]
  if (from && to && from !== to && path.includes('/src/')) return 'packages know each other by name'
  if (from === 'migrate' && target.startsWith('@fossawork/'))
    return 'the engine knows no other package'
  if (target.endsWith('/index.ts') && from === to) return "index.ts is for the package's users"
  const [place, other] = [placeOf(path), placeOf(target)]
  if (!place || !other || place === other) return null
  const allowed = ENGINE[place]
  if (!allowed) return `scripts/checks/imports.ts does not know the place ${place}`
  return allowed.includes('*') || allowed.includes(other) ? null : `${place} is not above ${other}`
}

const packageOf = (path: string): string | undefined => /^packages\/([^/]+)\//.exec(path)?.[1]

/** Circles among files, each shown once. */
export function checkCycles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map((file) => [file.path, file.imports]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at >= 0) circles.push([...trail.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const target of imports.get(path) ?? []) {
      if (imports.has(target)) visit(target, [...trail, path])
    }
    done.add(path)
  }
  for (const { path } of files) visit(path, [])
  return circles
}
