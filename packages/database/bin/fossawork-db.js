#!/usr/bin/env node
import { launch } from '@fossawork/migrate/launch'

launch({
  name: 'fossawork-db',
  built: new URL('../dist/src/main.js', import.meta.url),
  source: new URL('../src/main.ts', import.meta.url),
})
