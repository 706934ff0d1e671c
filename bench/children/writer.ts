import { DatabaseSync } from 'node:sqlite'

// an application at work: commits every so many milliseconds until its input ends, then prints how often it did

const [file, everyMs] = process.argv.slice(2) as [string, string]
const db = new DatabaseSync(file, { timeout: 5_000 })
const rows = Number(db.prepare('select max(id) as rows from work_orders').get()?.rows)
const update = db.prepare('update work_orders set status = ?, opened_at = ? where id = ?')

let commits = 0
const timer = setInterval(() => {
  commits += 1
  // far from each other, so that each changes other pages
  update.run('done', new Date().toISOString(), 1 + ((commits * 7_919) % rows))
  if (commits === 1) process.stdout.write('writing\n')
}, Number(everyMs))

process.stdin.resume().on('end', () => {
  clearInterval(timer)
  db.close()
  process.stdout.write(`${commits}\n`)
})
