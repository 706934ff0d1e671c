import type { Checked, ProjectCheck } from '@fossawork/migrate'

// loaded when it is asked for: every start of the application loads the list of checks
const see = async (...args: Parameters<typeof import('./see-credentials.ts').see>) =>
  (await import('./see-credentials.ts')).see(...args)

const NEEDS = ['v001_initial_schema']

/** No secret stands as it is where it should be sealed or hashed. Counts and rows, never a value. */
export const noCredentialInClear: ProjectCheck = {
  category: 'security',
  name: 'no credential in clear',
  needs: NEEDS,
  async run(look) {
    const { rows, clear, unclear, more } = await see(look)
    return {
      checked: rows,
      findings: [
        ...clear.findings((place, count) => ({
          code: 'SECRET_IN_CLEAR',
          severity: 'error',
          message: `${place} holds ${count === 1 ? 'a secret' : `${count} secrets`} in clear.`,
          fix: 'Encrypt what is there with `encrypt-credentials`.',
        })),
        ...unclear.findings((place, count) => ({
          code: 'PASSWORD_UNCLEAR',
          severity: 'error',
          message: `${place} holds ${count} that ${count === 1 ? 'is' : 'are'} no hash of a form that is known here, and may be a password in clear.`,
          fix: 'Let the user set a new password.',
        })),
      ],
      ...(more.size > 0 && { note: lookedAtSome(more) }),
    }
  },
}

/** Every key that a stored secret needs is here, and opens it where it stands. */
export const keyPresentAndRight: ProjectCheck = {
  category: 'security',
  name: 'key present and right',
  needs: NEEDS,
  async run(look): Promise<Checked> {
    const { rows, noKeys, unknown, unreadable } = await see(look)
    if (noKeys === 'unusable') {
      return { checked: 0, findings: [], skipped: 'The master key cannot be used.' }
    }
    return {
      checked: rows,
      findings: [
        ...unknown.findings((id, count) => ({
          code: 'KEY_UNUSABLE',
          severity: 'error',
          message: `${count === 1 ? 'A stored secret is' : `${count} stored secrets are`} sealed with the master key ${id}, which is not here${noKeys === 'none' ? ', nor any other one' : ''}.`,
          fix:
            noKeys === 'none'
              ? 'Name the key file in FOSSAWORK_MASTER_KEY_FILE.'
              : `Add the line of the key ${id} again, below the primary one; where it is lost, set the secrets anew.`,
        })),
        ...unreadable.findings((place, count) => ({
          code: 'CREDENTIAL_UNREADABLE',
          severity: 'error',
          message: `${place} holds ${count === 1 ? 'a secret that was' : `${count} secrets that were`} altered, moved or damaged: ${count === 1 ? 'its key does' : 'their keys do'} not open ${count === 1 ? 'it' : 'them'}.`,
          fix: 'Set the secret anew, or take the row from a backup.',
        })),
      ],
    }
  },
}

const lookedAtSome = (tables: ReadonlySet<string>): string =>
  `Not every row of ${[...tables].join(', ')}: that does --deep.`
