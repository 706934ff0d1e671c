import { isBlank, type Token, tokens } from '../../sql/tokens.ts'

/**
 * A view's definition in a spelling that is the same on every version. PostgreSQL up to 15 writes `t.a` where
 * later ones write `a`, so qualifiers are left out; which columns a view uses is a part of its fact by itself.
 */
export function comparableView(sql: string): string {
  const meant = [...tokens(sql, 'postgres')].filter((token) => !isBlank(token))
  if (meant.at(-1)?.text === ';') meant.pop()
  return meant
    .filter((token, at) => !qualifies(meant, at) && !(isDot(token) && qualifies(meant, at - 1)))
    .map((token) => token.text)
    .join(' ')
}

/** Whether the token at a place is a name with a dot and another name behind it. */
const qualifies = (all: readonly Token[], at: number): boolean =>
  isName(all[at]) && isDot(all[at + 1]) && (isName(all[at + 2]) || all[at + 2]?.text === '*')

const isName = (token: Token | undefined): boolean =>
  token?.kind === 'word' || token?.kind === 'quoted'

const isDot = (token: Token | undefined): boolean => token?.text === '.'
