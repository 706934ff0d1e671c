/** What begins like this is a hash of some kind, or says that there is no password: `$argon2id$…`, `scrypt:…$…`, `{SSHA}…`, `!`. */
const FORMS =
  /^(?:\$[\w-]+\$|\{[\w-]+\}|(?:pbkdf2|scrypt|argon2|bcrypt|sha\d+|md5)[\w:-]*\$|SCRAM-SHA-\d+\$)/i
const HEX = /^(?:0x)?[\da-f]{32,}$/i
/** Too much like a digest in base64, or a hash of a form that is not known here, to be taken for a password. */
const DOUBTFUL = /^[\w+/.=-]{24,}$|\$|^[!*]/

/**
 * What stands in a column for hashes of passwords. 'hash': of a known form. 'password': in clear; it is short or has
 * characters that no hash has. 'unclear': neither for certain, and left alone.
 */
export function kindOfHash(text: string): 'hash' | 'password' | 'unclear' {
  if (FORMS.test(text) || HEX.test(text)) return 'hash'
  return DOUBTFUL.test(text) ? 'unclear' : 'password'
}
