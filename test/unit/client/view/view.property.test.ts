import type { Filter } from '@zerospan/shared';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { View } from '../../../../client/src/view/view.ts';
import { lets, setOf } from '../../../support/filters.ts';
import { perform } from '../../../support/model/perform.ts';
import { type Step, settings, steps } from '../../../support/model/steps.ts';
import { setWindow } from '../../../support/model/window.ts';
import { type Setting, World } from '../../../support/model/world.ts';

const FILTERS: readonly (readonly Filter[])[] = [[''], [{ prefix: 'a' }], ['a', 'c']];

/** Longer than a view waits after the last gap before it loads. */
const REST_MS = 1_500;

interface Watched {
  readonly filters: readonly Filter[];
  readonly view: View;
}

/** Opens views of a bus in the middle of a script as well: some steps do that here. */
async function play(setting: Setting, script: readonly (Step | 'view')[]): Promise<[World, Watched[]]> {
  const world = await World.begin(setting);
  const views: Watched[] = [];
  const open = (): void => {
    const filters = FILTERS[views.length % FILTERS.length] ?? [];
    const open = world.clients.filter(({ isClosed }) => !isClosed);
    const client = open[views.length % open.length];
    if (client) views.push({ filters, view: client.bus.view([...filters]) });
  };
  world.join(undefined);
  open();
  for (const step of script) {
    if (step === 'view') open();
    else await perform(world, step);
  }
  await world.rest();
  // Loads that are due after a gap, and what they bring; a load may report a gap itself.
  for (let turns = 0; turns < 3; turns++) {
    await world.wait(REST_MS);
    await world.rest();
  }
  return [world, views];
}

/** Of each channel that a view shows, the text of its newest publication in the ledger. */
function newest({ ledger }: World, filters: readonly Filter[]): Map<string, string> {
  const set = setOf(filters);
  const found = new Map<string, string>();
  for (const { channel, text } of ledger)
    if (text !== undefined && lets(set, channel)) found.set(channel, text);
  return found;
}

async function check(world: World, { filters, view }: Watched): Promise<void> {
  if (view.state === 'closed') return;
  expect(view.state).toBe('current');
  const expected = newest(world, filters);
  for (const [channel, { text }] of view.entries)
    expect([channel, text]).toEqual([channel, expected.get(channel)]);
  const set = setOf(filters);
  const held = await world.server.held();
  const { epoch } = world.server.log;
  const here = world.server.lines.filter((line) => line.epoch === epoch && line.text !== undefined);
  for (const { channel, offset } of here)
    if (held.has(offset) && lets(set, channel)) expect([...view.entries.keys()]).toContain(channel);
  // Where the log keeps the last publication of each channel, nothing is missing.
  if (world.setting.lasts === 10) expect(view.complete).toBe(true);
  if (!view.complete) return;
  const channels = new Set(here.filter(({ channel }) => lets(set, channel)).map(({ channel }) => channel));
  expect(new Set(view.entries.keys())).toEqual(channels);
}

const scripts = fc.array(
  fc.oneof({ weight: 30, arbitrary: steps }, { weight: 1, arbitrary: fc.constant<'view'>('view') }),
  { minLength: 5, maxLength: 60 },
);

it('shows the newest of each channel in the log, whatever was cut, restarted, dropped or left out', async () => {
  await fc.assert(
    fc.asyncProperty(settings, scripts, async (setting, script) => {
      const restore = setWindow(setting.window * (40 + setting.padBytes));
      try {
        const [world, views] = await play(setting, script);
        for (const each of views) await check(world, each);
        await world.end();
      } finally {
        restore();
      }
    }),
    { numRuns: 60, seed: 1, endOnFailure: true },
  );
}, 120_000);
