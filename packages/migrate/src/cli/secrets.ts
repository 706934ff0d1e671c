import { MigrateError } from '../errors.ts'

/** Cuts what may be a password out of a URL in a text that the user typed. */
export const withoutPasswords = (text: string): string => text.replace(/\/\/[^\s'"]*@/g, '//…@')

/** Throws USAGE for a URL with a password: every user of the machine can read the arguments of a process. */
export function assertNoPassword(url: string): void {
  // the second looks at what is no URL: a password's own @ / : may be why
  const holdsOne = URL.canParse(url)
    ? new URL(url).password !== '' || new URL(url).searchParams.has('password')
    : /:[^@]*@/.test(url.replace(/^[a-z+]+:/i, ''))
  if (!holdsOne) return
  throw new MigrateError('USAGE', {
    message: 'The URL in --database holds a password, which every user of this machine can read.',
    hint: 'Put the URL into the environment variable DATABASE_URL instead, or the password into ~/.pgpass.',
  })
}
