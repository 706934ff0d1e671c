import { type Ceiling, measureCeiling } from '../v1-tree/ceiling.ts'

/** What this process does, as JSON in its one argument. */
export interface CeilingJob {
  /** The V1 directory. */
  readonly tree: string
  /** Of a database that it was imported into. */
  readonly url: string
}

const { tree, url }: CeilingJob = JSON.parse(process.argv[2] ?? '')
const ceiling: Ceiling = await measureCeiling(tree, url)
process.stdout.write(JSON.stringify(ceiling))
