#!/usr/bin/env node
import { launch } from './launch.js'

launch({
  name: 'migrate',
  built: new URL('../dist/cli/main.js', import.meta.url),
  source: new URL('../src/cli/main.ts', import.meta.url),
})
