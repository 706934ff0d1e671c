import { JOURNAL_TABLE } from '../port.ts'
import type { RightsReview } from '../roles-port.ts'
import { adminFaults } from './grants-admin.ts'
import { appFaults } from './grants-app.ts'
import { wanted } from './right-faults.ts'
import type { RelationFacts, RightsState } from './rights.ts'

/** What is missing and what is too much, each with its statement, in the order in which they work. */
export function planRights(read: RightsState, left: readonly string[]): RightsReview {
  const { app, admin } = read
  const hasJournal = read.relations.some(({ name }) => name === JOURNAL_TABLE)
  // of a database without a journal it is not known whose its tables are
  const state = hasJournal ? read : { ...read, relations: [], notOwned: [] }
  const isClosed = ({ isJournal, isQuarantine }: RelationFacts) => isJournal || isQuarantine
  const isData = (one: RelationFacts) => !isClosed(one) && !left.includes(one.table ?? one.name)
  const ofData = state.relations.filter(isData)
  const faults = [
    ...(admin && !admin.isSuperuser ? adminFaults(state, admin) : []),
    ...(app ? appFaults(state, app, ofData, state.relations.filter(isClosed)) : []),
  ]
  return {
    checked: state.relations.length,
    hasJournal,
    faults,
    strangers: strangersTo(read, read.relations.filter(isData)),
  }
}

function strangersTo(
  { app, admin, relations }: RightsState,
  ofData: readonly RelationFacts[],
): string[] {
  const used = relations.filter(({ kind }) => kind !== 'S')
  if (used.length === 0) return []
  const uses = (one: RelationFacts) => wanted(one).some((right) => one.appHas.includes(right))
  const strangers = [
    app && !ofData.some(uses) && app,
    admin && !used.some(({ adminOwns }) => adminOwns) && admin,
  ]
  return strangers.flatMap((role) => (role ? [role.name] : []))
}
