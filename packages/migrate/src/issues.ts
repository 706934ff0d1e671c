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
      return issue.expected === 'never' ? `${path}: no such key` : `${path}: ${issue.message}`
    })
    .join('; ')
}
