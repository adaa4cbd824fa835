import { expect, it } from 'vitest';
import { sourceNames } from '../../../server/src/cluster/source-names.ts';

it.each([
  ['tcp://10.0.0.7:5555', 'tcp://10.0.0.7:5555'],
  ['tcp://bus.example:5555', 'tcp://bus.example:5555'],
  ['tcp://127.0.0.1:5555', 'tcp://127.0.0.1:5555 machine'],
  ['tcp://localhost:5555', 'tcp://localhost:5555 machine'],
  ['ipc:///run/bus', 'ipc:///run/bus machine'],
])('a source at %s is called %s', (address, name) => {
  expect(sourceNames('machine')(address)).toBe(name);
});

it('a machine has one name', () => {
  const address = 'tcp://127.0.0.1:5555';
  expect(sourceNames()(address)).toBe(sourceNames()(address));
  expect(sourceNames()(address)).toMatch(/^tcp:\/\/127\.0\.0\.1:5555 \S+\/[\da-f]{12}$/);
});
