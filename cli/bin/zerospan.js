#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/index.js', import.meta.url);

if (existsSync(entry)) {
  const { runtimeFault } = await import('@zerospan/server/runtime');
  const fault = runtimeFault(process.versions);
  if (fault) {
    console.error(`zerospan: ${fault.message}\n  ${fault.remedy}`);
    process.exit(fault.exitCode);
  }
  await import(entry.href);
} else {
  console.error('zerospan is not built yet: run "npm run build" in the repository first.');
  process.exitCode = 1;
}
