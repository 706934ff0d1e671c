import { constants, type DatabaseSync } from 'node:sqlite'
import { MigrateError } from '../../errors.ts'
import { runScript } from '../script.ts'
import type { TransactionOptions, Writer } from '../session.ts'
import { insertRows } from './bulk.ts'
import { refusingDrops } from './drop-guard.ts'
import { isForeignKeyFailure, translated } from './errors.ts'
import {
  type Before,
  compareWithBefore,
  enforceForeignKeys,
  foreignKeysEnforced,
  stateBefore,
  violationNow,
} from './foreign-keys.ts'
import { sqliteKysely } from './kysely.ts'
import type { Around } from './session.ts'
import { writerSession } from './writer-session.ts'

interface Transaction {
  readonly options: TransactionOptions
  /** Null where SQLite itself enforces foreign keys. */
  readonly before: Before | null
}

const ENDS_TRANSACTION = /^(commit|end|rollback)$/

/** The connection that a run's steps use. Creates the file. Errors are those of `connectWriter`. */
export function openWriter(file: string, manyRows: boolean): Writer {
  let transaction: Transaction | null = null

  const around: Around = (keyword, act) => {
    const { db } = session
    if (transaction && !db.isTransaction) throw transactionGone()
    if (transaction?.before && keyword === 'attach') throw nothingChecksIt()
    if (keyword === 'drop' && foreignKeysEnforced(db)) return refusingDrops(db, act)
    return transaction && ENDS_TRANSACTION.test(keyword) ? refusingToEnd(db, act) : act()
  }
  const session = writerSession(file, manyRows, around)

  // leaves the connection as it was opened, in whatever state the transaction ended
  const end = (): void => {
    const { before } = transaction ?? { before: null }
    transaction = null
    if (before) enforceForeignKeys(session.db, true)
  }

  return {
    query: session.query,
    close: session.close,
    user: null,

    async begin(options) {
      session.restore()
      const { db } = session
      if (options.foreignKeys === 'enforced') {
        beginImmediate(db, file)
        transaction = { options, before: null }
        return
      }
      enforceForeignKeys(db, false)
      try {
        beginImmediate(db, file)
        transaction = { options, before: stateBefore(db) }
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        enforceForeignKeys(db, true)
        throw translated(error, file)
      }
    },

    insert: (table, columns, rows) =>
      insertRows({ db: session.db, location: file, around }, table, columns, rows),

    async check() {
      if (!transaction?.before) return []
      return compareWithBefore(session.db, transaction.before, transaction.options.shrinks)
    },

    runScript: (statements, onDone) => runScript(session, statements, onDone),

    async commit(last) {
      await last
      const { db } = session
      if (!db.isTransaction) throw transactionGone()
      try {
        db.exec('COMMIT')
      } catch (cause) {
        throw isForeignKeyFailure(cause) ? violationNow(db) : translated(cause, file)
      }
      end()
    },

    inTransaction: () => session.db.isOpen && session.db.isTransaction,

    async rollback() {
      const { db } = session
      if (!db.isOpen) return
      try {
        if (db.isTransaction) db.exec('ROLLBACK')
      } finally {
        end()
      }
    },

    kysely: () => sqliteKysely(session, () => session.db.isTransaction),

    // SQLite runs in this process, one statement at a time: there is nothing to ask while one runs
    async cancel() {},
    async blockers() {
      return []
    },
  }
}

function beginImmediate(db: DatabaseSync, file: string): void {
  try {
    db.exec('BEGIN IMMEDIATE')
  } catch (cause) {
    throw translated(cause, file)
  }
}

/** Runs `act`, which may use savepoints but not end the transaction: the journal's row belongs into it. */
function refusingToEnd<T>(db: DatabaseSync, act: () => T): T {
  let denied = false
  db.setAuthorizer((action) => {
    if (action !== constants.SQLITE_TRANSACTION) return constants.SQLITE_OK
    denied = true
    return constants.SQLITE_DENY
  })
  try {
    return act()
  } catch (cause) {
    if (!denied) throw cause
    throw new MigrateError('STATEMENT_FAILED', {
      message:
        "The migration would end the transaction that it runs in, and its journal's row with it.",
      hint: 'Leave COMMIT and ROLLBACK out, or set `transaction: false` in the migration.',
      cause,
    })
  } finally {
    db.setAuthorizer(null)
  }
}

// the check at the end compares with what was there before, in this database
const nothingChecksIt = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message:
      "No database can be attached under foreignKeys: 'checked', which checks its own alone.",
    hint: 'Copy what is needed in a migration of its own, with foreign keys enforced.',
  })

// what runs after it would commit by itself, statement by statement
const transactionGone = (): MigrateError =>
  new MigrateError('STATEMENT_FAILED', {
    message: 'SQLite has rolled the transaction back already, after an error in it.',
    hint: 'Let the first error of the migration through, and correct its cause.',
  })
