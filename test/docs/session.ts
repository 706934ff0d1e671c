import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Ran {
  /** Standard output and standard error, as a terminal shows them. */
  readonly output: string
  readonly status: number
  /** The first command of the script that failed where nothing looked at its status. */
  readonly failed: string | null
}

/** One shell: the folder, variables and jobs of one script are there for the next one. */
export interface ShellSession {
  run(script: string): Promise<Ran>
  /** Ends the shell and all that it started. */
  close(): Promise<void>
}

const PATIENCE_MS = 120_000
const MARK = '<end of script>'
// $? of one script is there for the next one, and is no failure of that one
const PROLOGUE = `exec 2>&1
status=0
restore() { return "$status"; }
trap 'case $BASH_COMMAND in
  restore|"return \\"\\$status\\"") ;;
  "return \\"\\$ended\\"") failed=\${failed:-$asked} ;;
  *) failed=\${failed:-$BASH_COMMAND} ;;
esac' ERR
. "$REPOSITORY/test/docs/warm.sh"`

/** Starts bash in `cwd`; `scratch` is for its scripts. */
export function openSession(cwd: string, scratch: string, env: NodeJS.ProcessEnv): ShellSession {
  const shell = spawn('bash', ['--noprofile', '--norc'], { cwd, env, detached: true })
  let output = ''
  let look = (): void => {}
  let fail = (): void => {}
  shell.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    look()
  })
  shell.on('exit', () => fail())
  shell.stdin.write(`SCRATCH='${scratch}'\n${PROLOGUE}\n`)
  const script = join(scratch, 'script.sh')

  return {
    async run(text) {
      output = ''
      writeFileSync(script, `${text}\n`)
      shell.stdin.write(
        `failed=; restore; . '${script}' </dev/null; status=$?; printf '\\n${MARK} %s %s\\n' "$status" "$failed"\n`,
      )
      const end = new RegExp(`\\n${MARK} (\\d+) (.*)\\n$`)
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`This did not end:\n${text}\n${output}`)),
          PATIENCE_MS,
        )
        look = () => {
          if (!end.test(output)) return
          clearTimeout(timer)
          resolve()
        }
        fail = () => reject(new Error(`The shell ended:\n${text}\n${output}`))
      })
      const [, status, failed] = end.exec(output) as RegExpExecArray
      return {
        output: output.replace(end, ''),
        status: Number(status),
        failed: failed ? failed : null,
      }
    },
    async close() {
      if (shell.pid === undefined || shell.exitCode !== null) return
      const gone = once(shell, 'close')
      process.kill(-shell.pid, 'SIGKILL')
      await gone
    },
  }
}
