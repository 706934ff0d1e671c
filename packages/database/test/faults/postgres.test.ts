import { oneOfEach } from '../credentials/scene.ts'
import { describeFaults } from './faults.ts'

for (const kind of oneOfEach) if (kind.dialect === 'postgres') describeFaults(kind)
