import { open } from 'node:fs/promises'
import { MigrateError } from '@fossawork/migrate'

/** A place for a report, proved to be writable before there is anything to report. */
export interface ReportFile {
  write(result: object): Promise<void>
}

/** Opens a file that only this user may read. Throws USAGE where it cannot be written. */
export async function openReport(file: string): Promise<ReportFile> {
  const handle = await open(file, 'a', 0o600).catch((cause: Error) => {
    throw new MigrateError('USAGE', {
      message: `The report cannot be written to ${file}: ${cause.message}.`,
      hint: 'Name a file in a folder that is there and that this user may write to.',
      cause,
    })
  })
  await handle.close()
  return {
    async write(result) {
      const handle = await open(file, 'w', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(result, null, 2)}\n`)
      } finally {
        await handle.close()
      }
    },
  }
}
