import * as v from 'valibot'

/** What is wrong with a value that a person wrote, every fault of it: `lockWaitMs: Invalid type: …; colour: no such key`. */
export function describeIssues(
  issues: readonly v.BaseIssue<unknown>[],
  whole = 'the value',
): string {
  return issues
    .map((issue) => {
      const path = v.getDotPath(issue) ?? whole
      // a strict object expects nothing at all under a key that it does not know
      if (issue.expected === 'never') return `${path}: no such key`
      return issue.received === 'undefined' ? `${path} is missing` : `${path}: ${issue.message}`
    })
    .join('; ')
}
