/** A user of V2 and the folders that V1 may have kept for them. */
export interface PlannedUser {
  readonly userId: string
  /** The e-mail's MD5, then other ids that V1 had: only ever compared with folders' names. */
  readonly folderIds: readonly string[]
  readonly email: string
}

/** Which folder is whose. */
export interface Folders {
  readonly users: readonly PlannedUser[]
  /** Of each folder id its user's id. */
  readonly owners: ReadonlyMap<string, string>
  /** Folders of the demo user. */
  readonly tutorials: ReadonlySet<string>
}

/** A user before it is known which folders are free. */
export interface Claim {
  readonly userId: string
  readonly email: string
  /** In V1's order. */
  readonly oldIds: readonly string[]
}

/**
 * Gives every folder id to one user: an e-mail's MD5 to its user, then `tutorialIds`, then V1's other
 * ids to the first who names them.
 */
export function assignFolders(claims: readonly Claim[], tutorialIds: readonly string[]): Folders {
  const owners = new Map(claims.map(({ userId }) => [userId, userId]))
  const tutorials = new Set(tutorialIds.filter((id) => !owners.has(id)))
  const users = claims.map(({ userId, email, oldIds }) => {
    const own = oldIds.filter((id) => {
      const isFree = !owners.has(id) && !tutorials.has(id)
      if (isFree) owners.set(id, userId)
      return isFree
    })
    return { userId, folderIds: [userId, ...own], email }
  })
  return { users, owners, tutorials }
}
