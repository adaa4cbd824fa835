import { expect, it } from 'vitest';
import { bootIdOf, isSameBoot } from '../../../../../server/src/logs/disk/identity/boot.ts';

const sources = (named: () => Promise<string>, now = 1_000_000, uptime = 60_000) => ({
  named,
  now: () => now,
  uptime: () => uptime,
});
const unnamed = (): Promise<never> => Promise.reject(new Error('no such file'));

it('a start of the machine goes by the name that the system gives it', async () => {
  const name = '6c1a0c92-9b0f-4a55-a35c-2f86fd8a1a10';
  expect(await bootIdOf(sources(() => Promise.resolve(`${name}\n`)))).toBe(name);
  expect(await bootIdOf()).toBe(await bootIdOf());
});

it('else by its time, which is read a little differently each time', async () => {
  const first = await bootIdOf(sources(unnamed, 1_000_000.4, 60_000.7));
  expect(first).toBe('since 940000');
  expect(await bootIdOf(sources(() => Promise.resolve('')))).toBe('since 940000');
  expect(isSameBoot(first, await bootIdOf(sources(unnamed, 1_500_000, 561_000)))).toBe(true);
  expect(isSameBoot(first, await bootIdOf(sources(unnamed, 1_500_000, 500_000)))).toBe(false);
});

it('a name and a time are never of the same start, nor are two names', () => {
  expect(isSameBoot('a', 'a')).toBe(true);
  expect(isSameBoot('a', 'b')).toBe(false);
  expect(isSameBoot('a', 'since 1')).toBe(false);
});
