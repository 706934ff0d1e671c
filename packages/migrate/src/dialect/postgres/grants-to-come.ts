import type { RightFault } from '../roles-port.ts'
import { DATA, excess, lacking, missing, SEQUENCE } from './right-faults.ts'
import type { RightsState, RoleFacts, ToCome } from './rights.ts'

const EVERYBODY = { name: 'PUBLIC', quoted: 'PUBLIC' }

const NEEDED = { TABLES: DATA, SEQUENCES: SEQUENCE }

/** Default privileges that are too much: what nobody but the application needs, and it neither. */
export const tooMuchToCome = (state: RightsState, app: RoleFacts): RightFault[] =>
  state.toCome.flatMap((entry) => {
    const role = entry.isPublic ? EVERYBODY : app
    // a sequence's values may be set as well: who has its table's rows can do no more harm with that
    const needed = entry.what === 'TABLES' ? DATA : [...SEQUENCE, 'UPDATE']
    const rights = entry.isPublic ? entry.rights : lacking(entry.rights, needed)
    if (rights.length === 0) return []
    const list = rights.join(', ')
    const statement = `${scopeOf(state, entry)} REVOKE ${list} ON ${entry.what} FROM ${role.quoted}`
    return [excess(role, comingOf(entry.what), list, statement)]
  })

/** What the application does not get by itself, and will need. */
export const lackingToCome = (state: RightsState, app: RoleFacts): RightFault[] =>
  (['TABLES', 'SEQUENCES'] as const).flatMap((what) => {
    const has = state.toCome
      .filter((entry) => entry.what === what && !entry.isPublic)
      .flatMap(({ rights }) => rights)
    const rights = lacking(NEEDED[what], has).join(', ')
    if (rights === '') return []
    const statement = `${scopeOf(state, { everywhere: false })} GRANT ${rights} ON ${what} TO ${app.quoted}`
    return [missing(app, comingOf(what), rights, statement)]
  })

const comingOf = (what: ToCome['what']): string => `${what.toLowerCase()} to come`

const scopeOf = (
  { maker, schema }: RightsState,
  { everywhere }: Pick<ToCome, 'everywhere'>,
): string => `ALTER DEFAULT PRIVILEGES FOR ROLE ${maker}${everywhere ? '' : ` IN SCHEMA ${schema}`}`
