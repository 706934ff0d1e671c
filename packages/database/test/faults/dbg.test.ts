import { test } from 'node:test'
import { oneOfEach } from '../credentials/scene.ts'
import { makeSound } from './sound.ts'
for (const kind of oneOfEach) test(kind.name, {skip: kind.skip}, async (t) => {
  let at = performance.now()
  const lap = (n: string) => { console.log(kind.name, n, Math.round(performance.now() - at)); at = performance.now() }
  const sound = await makeSound(t, kind); lap('sound')
  const v = await sound.copy(t); lap('copy')
  const m = await v.open()
  const r = await m.validate(); lap('validate')
  console.log(r.findings.map(f => [f.severity, f.code, f.category, f.at, f.message]))
  console.log(r.checks.filter(c => c.skipped || c.durationMs > 20).map(c => [c.name, c.skipped, c.durationMs]))
  const d = await m.drift(); lap('drift')
  console.log(d.differences)
  for (let i = 0; i < 3; i++) { const v = await sound.copy(t); lap('copy'); await (await v.open()).validate(); lap('validate') }
  const me = await m.mend({ backup: false }); lap('mend'); console.log(me.outcome)
})
