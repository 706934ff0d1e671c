/** A migration in Kysely's own form, that needs no import: a module in a temporary folder finds no packages. */
export const source = `
export async function up(db) {
  await db.schema
    .createTable('c')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('a_id', 'integer', (column) => column.references('a.id'))
    .execute()
  await db.insertInto('a').values({ id: 1, label: 'one' }).execute()
  await db.insertInto('c').values({ id: 1, a_id: 1 }).execute()
}

export async function down(db) {
  await db.schema.dropTable('c').execute()
  await db.deleteFrom('a').execute()
}
`
