import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Makes a backup one that was taken at another time: its manifest, and what the index knows of that. */
export async function dateBack(folder: string, file: string, takenAt: string): Promise<void> {
  const beside = `${file}.json`
  const manifest = (await readFile(beside, 'utf8')).replace(
    /"takenAt": *"[^"]*"/,
    `"takenAt": "${takenAt}"`,
  )
  await writeFile(beside, manifest)
  const index = join(folder, 'index.jsonl')
  const { check: _, ...line } = JSON.parse(await readFile(index, 'utf8'))
  const listed = { ...line, manifestSha256: sha256(manifest) }
  const check = sha256(JSON.stringify(listed)).slice(0, 16)
  await writeFile(index, `${JSON.stringify({ ...listed, check })}\n`)
}
